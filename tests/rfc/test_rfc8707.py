"""Resource indicators: which APIs a token is for, and which of them take it."""

import pytest

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, ResourceServer, Scope
from tests.conftest import Registered
from tests.jose import ISSUER, parts
from tests.rfc.answers import assert_refused

pytestmark = pytest.mark.django_db

ORDERS = "https://orders.example.com"
STOCK = "https://stock.example.com"
OTHER = "https://other.example.com"

formats = pytest.mark.parametrize("token_format", ["opaque", "jwt"])


@pytest.fixture
def machine(register):
    """A client with scopes of two APIs, and one of no API in particular."""

    def machine(form: str = "jwt") -> Registered:
        registered = register(
            "orders:read", "stock:read", "ping", optional=["stock:write"], token_format=form
        )
        for identifier, word in ((ORDERS, "orders"), (STOCK, "stock")):
            server = ResourceServer.objects.create(identifier=identifier, name=word)
            Scope.objects.filter(name__startswith=word).update(resource_server=server)
        ResourceServer.objects.create(identifier=OTHER, name="other")
        return registered

    return machine


@pytest.fixture
def ask(post_token):
    """POST a token request with parameters as they stand."""

    def ask(registered: Registered, more: str = ""):
        pair = f"client_id={registered.client_id}&client_secret={registered.secret}"
        return post_token(f"grant_type=client_credentials&{pair}&{more}")

    return ask


def audience_of(token: str) -> list[str]:
    if token.startswith("m2mt_"):
        return AccessToken.objects.get(token_hash=digest_credential(token)).audience
    audience = parts(token)[1]["aud"]
    return [audience] if isinstance(audience, str) else audience


@pytest.mark.rfc("8707", "2")
@pytest.mark.rfc("8707", "2.2")
@formats
@pytest.mark.parametrize(
    "more, audience, scope",
    [
        pytest.param(f"resource={ORDERS}", [ORDERS], "orders:read ping", id="one resource"),
        pytest.param(f"audience={ORDERS}", [ORDERS], "orders:read ping", id="called audience"),
        pytest.param(
            f"resource={STOCK}&resource={ORDERS}",
            [STOCK, ORDERS],
            "orders:read ping stock:read",
            id="two resources",
        ),
        pytest.param(
            f"resource={ORDERS}&audience={STOCK}&audience={ORDERS}",
            [ORDERS, STOCK],
            "orders:read ping stock:read",
            id="both words, and one resource twice",
        ),
        pytest.param(
            f"resource={STOCK}&scope=stock:write", [STOCK], "stock:write", id="with a scope"
        ),
        pytest.param(f"resource={STOCK}&scope=ping", [STOCK], "ping", id="with a scope of no API"),
        pytest.param("scope=stock:write", [STOCK], "stock:write", id="by its scope"),
        pytest.param(
            "", [ORDERS, STOCK], "orders:read ping stock:read", id="by all default scopes"
        ),
        pytest.param(
            f"scope={STOCK}/.default", [STOCK], "ping stock:read", id="as Entra's clients ask"
        ),
        pytest.param(
            f"scope={STOCK}/.default+stock:write", [STOCK], "stock:write", id="and with a scope"
        ),
        pytest.param("resource=&scope=stock:read", [STOCK], "stock:read", id="empty resource"),
    ],
)
def test_token_is_for_what_was_asked(machine, ask, token_format, more, audience, scope):
    response = ask(machine(token_format), more)
    assert response.status_code == 200, response.content
    assert response.json()["scope"] == scope
    assert audience_of(response.json()["access_token"]) == audience


@pytest.mark.rfc("8707", "2")
@pytest.mark.parametrize(
    "resource",
    ["orders", "/orders", f"{ORDERS}%23a", "https:", "%C3%BC:x", "a+b", "urn:a%20b", "http:%22"],
)
def test_what_is_no_absolute_uri_is_refused(machine, ask, resource):
    response = ask(machine(), f"resource={ORDERS}&resource={resource}")
    assert_refused(
        response,
        400,
        "invalid_target",
        "A resource is an absolute URI without a fragment.",
        reason="malformed_resource",
    )


@pytest.mark.rfc("8707", "2")
@pytest.mark.parametrize(
    "more",
    [
        pytest.param("resource=https://unknown.example.com", id="unknown"),
        pytest.param(f"resource={OTHER}", id="not allowed"),
        pytest.param(f"audience={OTHER}", id="not allowed as audience"),
        pytest.param(f"resource={ORDERS}&resource={OTHER}", id="one of two not allowed"),
        pytest.param(f"resource={ORDERS}/", id="another spelling"),
        pytest.param(f"resource={ISSUER}", id="the issuer"),
        pytest.param(f"scope={OTHER}/.default", id="by a scope"),
        pytest.param("resource=urn:" + "x" * 3000, id="longer than an identifier"),
    ],
)
def test_resource_that_the_client_may_not_use_is_refused(machine, ask, more):
    response = ask(machine(), more)
    assert_refused(
        response,
        400,
        "invalid_target",
        "A requested resource is unknown or not allowed for this client.",
        reason="resource_not_allowed",
    )


@pytest.mark.rfc("8707", "2.2")
@pytest.mark.parametrize(
    "more", [f"resource={ORDERS}&scope=stock:read", f"audience={STOCK}&scope=orders:read+ping"]
)
def test_scope_of_another_resource_is_refused(machine, ask, more):
    response = ask(machine(), more)
    assert_refused(
        response,
        400,
        "invalid_scope",
        "A requested scope does not belong to the requested resource.",
        reason="scope_of_another_resource",
    )


def test_client_without_a_default_scope_for_the_resource_is_told_so(register, ask):
    registered = register(optional=["orders:read"])
    server = ResourceServer.objects.create(identifier=ORDERS)
    Scope.objects.update(resource_server=server)
    response = ask(registered, f"resource={ORDERS}")
    description = "This client has no default scopes: name those you want in the parameter scope."
    assert_refused(response, 400, "invalid_scope", description, reason="no_default_scope")


@formats
def test_client_may_be_given_an_api_without_scopes_of_it(machine, ask, token_format):
    registered = machine(token_format)
    registered.client.resource_servers.set(ResourceServer.objects.filter(identifier=OTHER))
    response = ask(registered, f"resource={OTHER}")
    assert response.json()["scope"] == "ping"
    assert audience_of(response.json()["access_token"]) == [OTHER]


@formats
@pytest.mark.parametrize("more", ["scope=ping", f"scope=ping&resource={OTHER}"])
def test_default_audience_serves_where_nothing_else_says_one(
    machine, ask, settings, token_format, more
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DEFAULT_AUDIENCE": OTHER}
    response = ask(machine(token_format), more)
    assert audience_of(response.json()["access_token"]) == [OTHER]


def test_without_any_audience_a_signed_token_is_for_the_issuer_and_an_opaque_one_for_all(
    register, get_token
):
    signed, opaque = register("a", token_format="jwt"), register("a")
    assert audience_of(get_token(signed)) == [ISSUER]
    assert audience_of(get_token(opaque)) == []


@pytest.fixture
def status(http, caplog):
    """Return the status of an API request, and the reason in the log if it was refused."""

    def status(token: str) -> tuple[int, str]:
        caplog.clear()
        caplog.set_level("INFO", "oauth_m2m.resource_server")
        response = http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})
        logged = [r.getMessage() for r in caplog.records if r.name == "oauth_m2m.resource_server"]
        return response.status_code, " ".join(logged).rpartition("reason=")[2]

    return status


@pytest.mark.rfc("9068", "4")
@formats
def test_token_for_another_api_is_refused(machine, ask, status, settings, token_format):
    registered = machine(token_format)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPTED_AUDIENCES": [ORDERS]}
    mine = ask(registered, f"resource={ORDERS}").json()["access_token"]
    both = ask(registered).json()["access_token"]
    others = ask(registered, f"resource={STOCK}").json()["access_token"]
    assert (status(mine), status(both)) == ((200, ""), (200, ""))
    assert status(others) == (401, "wrong_audience")


@formats
def test_accepted_unless_said_are_the_default_audience_and_the_issuer(
    register, get_token, status, settings, token_format
):
    machine = register("orders:read", token_format=token_format)
    before = get_token(machine)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DEFAULT_AUDIENCE": ORDERS}
    after = get_token(machine)
    assert (status(before), status(after)) == ((200, ""), (200, ""))
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DEFAULT_AUDIENCE": STOCK}
    assert status(after) == (401, "wrong_audience")
