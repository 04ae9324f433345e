"""Which APIs a token is for, without the wire."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_m2m.errors import InvalidTarget, Reason
from oauth_m2m.grants.audiences import Resource, asked_resources, audience_of
from oauth_m2m.models import ResourceServer
from tests.grants.clients import client, scope

ORDERS = "https://orders.example.com"
STOCK = "https://stock.example.com"
OTHER = "https://other.example.com"
DEFAULT = "https://default.example.com"


BILLING = client(
    scope("orders:read", ORDERS, token_format="jwt", token_lifetime=60),
    scope("orders:write", ORDERS, token_format="jwt", token_lifetime=60),
    scope("stock:read", STOCK),
    scope("ping"),
    pk=0,
    client_id="billing",
)
OF_ORDERS = Resource(ORDERS, "jwt", 60)
OF_STOCK = Resource(STOCK)


@pytest.fixture
def default_audience(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DEFAULT_AUDIENCE": DEFAULT}


@pytest.mark.parametrize(
    "resources, scopes, expected",
    [
        pytest.param([], [], (), id="nothing"),
        pytest.param([""], ["orders:read"], (), id="an empty one"),
        pytest.param([ORDERS], [], (OF_ORDERS,), id="one"),
        pytest.param([STOCK, ORDERS], [], (OF_STOCK, OF_ORDERS), id="two, in their order"),
        pytest.param([ORDERS, ORDERS], [], (OF_ORDERS,), id="one twice"),
        pytest.param([], [f"{ORDERS}/.default"], (OF_ORDERS,), id="by a scope"),
        pytest.param(
            [STOCK], [f"{ORDERS}/.default", f"{STOCK}/.default"], (OF_STOCK, OF_ORDERS), id="both"
        ),
    ],
)
def test_resources_of_the_clients_scopes_may_be_named_without_a_statement(
    resources, scopes, expected
):
    # Without the mark django_db, a statement would fail.
    assert asked_resources(BILLING, resources, scopes) == expected


def test_default_audience_may_be_named_by_everybody(default_audience):
    assert asked_resources(client(), [DEFAULT], []) == (Resource(DEFAULT),)


@pytest.mark.parametrize(
    "resource",
    [
        "orders",
        "//orders.example.com",
        f"{ORDERS}#fragment",
        "https:",
        f"{ORDERS}/a b",
        f'{ORDERS}/"',
        "https://örders.example.com",
        "/.default",
    ],
)
def test_what_is_no_absolute_uri_is_refused(resource):
    with pytest.raises(InvalidTarget) as refused:
        asked_resources(BILLING, [resource], [])
    assert refused.value.reason is Reason.MALFORMED_RESOURCE
    assert (refused.value.client_id, refused.value.client_pk) == ("billing", 0)


def test_empty_resource_of_a_scope_is_refused():
    with pytest.raises(InvalidTarget) as refused:
        asked_resources(BILLING, [], ["/.default"])
    assert refused.value.reason is Reason.MALFORMED_RESOURCE


@pytest.mark.django_db
@pytest.mark.parametrize("resource", [OTHER, f"{ORDERS}/", ORDERS.upper(), DEFAULT])
def test_resource_that_the_client_has_nothing_to_do_with_is_refused(resource):
    ResourceServer.objects.create(identifier=OTHER)
    with pytest.raises(InvalidTarget) as refused:
        asked_resources(BILLING, [ORDERS, resource], [])
    assert refused.value.reason is Reason.RESOURCE_NOT_ALLOWED
    assert (refused.value.client_id, refused.value.client_pk) == ("billing", 0)


@pytest.mark.django_db
def test_resource_that_the_client_was_given_by_itself_takes_one_statement(register):
    server = ResourceServer.objects.create(
        identifier=OTHER, token_format="opaque", token_lifetime=30
    )
    row = register("orders:read").client
    row.resource_servers.add(server)
    asking = client(*BILLING.scopes, pk=row.pk)
    with CaptureQueriesContext(connection) as captured:
        resources = asked_resources(asking, [OTHER, ORDERS], [])
    assert resources == (Resource(OTHER, "opaque", 30), OF_ORDERS)
    assert len(captured) == 1


@pytest.mark.parametrize(
    "asked, scopes, expected",
    [
        pytest.param([OF_STOCK], BILLING.scopes, (OF_STOCK,), id="what was asked for"),
        pytest.param([], BILLING.scopes, (OF_ORDERS, OF_STOCK), id="what the scopes belong to"),
        pytest.param([], [scope("ping")], (Resource(DEFAULT),), id="the default"),
        pytest.param([], [], (Resource(DEFAULT),), id="the default without any scope"),
    ],
)
def test_audience_is_the_first_that_says_something(default_audience, asked, scopes, expected):
    assert audience_of(BILLING, asked, scopes) == expected


def test_without_a_default_there_may_be_no_audience():
    assert audience_of(BILLING, [], [scope("ping")]) == ()


def test_default_audience_keeps_what_its_api_says_of_tokens(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DEFAULT_AUDIENCE": ORDERS}
    assert audience_of(BILLING, [], [scope("ping")]) == (OF_ORDERS,)
