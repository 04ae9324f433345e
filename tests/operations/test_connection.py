import pytest

from oauth_m2m.models import ResourceServer, Scope
from oauth_m2m.operations.connection import EXAMPLE_API, Connection, connection_of
from oauth_m2m.operations.credentials import add_secret
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def connect(actor):
    """Return how a registered client connects with a new secret."""

    def connect(registered: Registered, base: str = "") -> Connection | None:
        secret = add_secret(registered.client, actor=actor)
        connection = connection_of(registered.client, secret, base)
        if connection is not None:
            assert connection.clear_secret == secret.clear_secret
        return connection

    return connect


def facts(connection: Connection) -> dict[str, object]:
    names = ("name", "client_id", "token_url", "api_url", "scope", "in_header")
    return {name: getattr(connection, name) for name in names}


def test_connection_names_client_and_issuer(connect, registered: Registered):
    assert facts(connect(registered)) == {
        "name": "A client",
        "client_id": registered.client_id,
        "token_url": "https://auth.example.com/oauth/token",
        "api_url": EXAMPLE_API,
        "scope": "",
        "in_header": True,
    }


def test_secret_is_not_in_its_repr(connect, registered: Registered):
    connection = connect(registered)
    assert connection.clear_secret not in repr(connection)


def test_site_stands_in_for_the_issuer(connect, registered: Registered, settings):
    settings.OAUTH_M2M = {}
    assert connect(registered, "http://here.test/").token_url == "http://here.test/oauth/token"


@pytest.mark.urls("tests.admin.urls_without_endpoints")
def test_site_without_the_endpoint_has_no_connection(connect, registered: Registered):
    assert connect(registered) is None


def test_scopes_are_named_where_none_is_a_default(connect, register):
    assert connect(register(optional=("b", "a"))).scope == "a b"


def test_client_without_scopes_names_none(connect, register):
    assert connect(register()).scope == ""


def test_secret_goes_into_the_form_where_the_header_is_not_allowed(connect, register):
    client = register("a", auth_methods=["client_secret_post"])
    assert connect(client).in_header is False


@pytest.mark.parametrize(
    "identifiers,api_url",
    [
        ({}, EXAMPLE_API),
        ({"by_default": "https://stock.test/v1"}, "https://stock.test/v1"),
        ({"by_default": "HTTP://stock.test/"}, "HTTP://stock.test/"),
        ({"by_default": "urn:stock"}, EXAMPLE_API),
        ({"when_asked": "https://stock.test"}, EXAMPLE_API),
        ({"by_default": "https://b.test", "also": "https://a.test"}, "https://a.test"),
    ],
    ids=["no API", "https", "http", "no address", "not by default", "first of two"],
)
def test_call_goes_to_an_api_of_the_token_that_has_an_address(
    connect, register, identifiers: dict[str, str], api_url: str
):
    client = register("by_default", "also", optional=("when_asked",))
    for name, identifier in identifiers.items():
        api = ResourceServer.objects.create(identifier=identifier, name=name)
        Scope.objects.filter(name=name).update(resource_server=api)
    assert connect(client).api_url == api_url


def test_call_goes_to_an_api_of_the_scopes_that_have_to_be_named(connect, register):
    client = register(optional=("a",))
    api = ResourceServer.objects.create(identifier="https://a.test", name="A")
    Scope.objects.update(resource_server=api)
    assert connect(client).api_url == "https://a.test"
