import pytest

from oauth_m2m.errors import InvalidScope, Reason
from oauth_m2m.grants.scopes import choose_scopes
from oauth_m2m.models.client_lookup import GrantedScope
from oauth_m2m.values import AuthenticatedClient
from tests.grants.clients import client, scope

ORDERS, STOCK = "https://orders.example.com", "https://stock.example.com"


def having(*default: str, optional: tuple[str, ...] = ()) -> AuthenticatedClient:
    granted = [scope(name) for name in default]
    return client(*granted, *(scope(name, is_default=False) for name in optional))


def names(granted: tuple[GrantedScope, ...]) -> tuple[str, ...]:
    return tuple(scope.name for scope in granted)


@pytest.mark.rfc("6749", "3.3")
@pytest.mark.parametrize(
    "asked, granted",
    [
        ([], ("a", "b")),
        (["a"], ("a",)),
        (["x"], ("x",)),
        (["x", "a"], ("x", "a")),
        (["b", "a", "b"], ("b", "a")),
        (iter(["a", "a"]), ("a",)),
    ],
    ids=["none", "a default", "on request", "both", "twice", "an iterator"],
)
def test_scopes_are_granted(asked, granted):
    chosen = choose_scopes(having("a", "b", optional=("x",)), asked, [])
    assert names(chosen) == granted


@pytest.mark.rfc("6749", "3.3")
@pytest.mark.parametrize(
    "asked",
    [["c"], ["a", "c"], ["A"], [""], ["a b"]],
    ids=["unknown", "one unknown", "other case", "empty", "two in one"],
)
def test_scope_that_the_client_does_not_have_is_refused(asked):
    with pytest.raises(InvalidScope) as refused:
        choose_scopes(having("a", "b"), asked, [])
    error = refused.value
    assert (error.reason, error.client_id, error.client_pk) == (Reason.SCOPE_NOT_GRANTED, "job", 7)


@pytest.mark.rfc("6749", "3.3")
@pytest.mark.parametrize("optional", [(), ("x",)], ids=["no scopes", "none by default"])
def test_client_without_defaults_has_to_ask(optional):
    with pytest.raises(InvalidScope) as refused:
        choose_scopes(having(optional=optional), [], [])
    error = refused.value
    assert (error.reason, error.client_id, error.client_pk) == (Reason.NO_DEFAULT_SCOPE, "job", 7)


OF_APIS = client(scope("read", ORDERS), scope("count", STOCK), scope("ping"))


@pytest.mark.rfc("8707", "2.2")
@pytest.mark.parametrize(
    "asked, resources, granted",
    [
        pytest.param([], [], ("read", "count", "ping"), id="defaults of all"),
        pytest.param([], [ORDERS], ("read", "ping"), id="defaults of one resource"),
        pytest.param([f"{ORDERS}/.default"], [ORDERS], ("read", "ping"), id="by Entra's habit"),
        pytest.param(["count"], [ORDERS, STOCK], ("count",), id="of one of two resources"),
        pytest.param(["ping"], [STOCK], ("ping",), id="of any resource"),
    ],
)
def test_scopes_are_those_that_mean_something_at_the_resource(asked, resources, granted):
    assert names(choose_scopes(OF_APIS, asked, resources)) == granted


@pytest.mark.rfc("8707", "2.2")
def test_scope_of_another_resource_is_refused():
    with pytest.raises(InvalidScope) as refused:
        choose_scopes(OF_APIS, ["read"], [STOCK])
    assert refused.value.reason is Reason.SCOPE_OF_ANOTHER_RESOURCE
