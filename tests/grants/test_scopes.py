import pytest

from oauth_m2m.errors import InvalidScope, Reason
from oauth_m2m.grants.scopes import choose_scopes
from oauth_m2m.values import AuthenticatedClient


def client(*default: str, optional: tuple[str, ...] = ()) -> AuthenticatedClient:
    return AuthenticatedClient(
        pk=7,
        client_id="job",
        method="client_secret_basic",
        secret_pk=1,
        scopes=(*default, *optional),
        default_scopes=default,
        token_format="",
        token_lifetime=None,
    )


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
    assert choose_scopes(client("a", "b", optional=("x",)), asked) == granted


@pytest.mark.rfc("6749", "3.3")
@pytest.mark.parametrize(
    "asked",
    [["c"], ["a", "c"], ["A"], [""], ["a b"]],
    ids=["unknown", "one unknown", "other case", "empty", "two in one"],
)
def test_scope_that_the_client_does_not_have_is_refused(asked):
    with pytest.raises(InvalidScope) as refused:
        choose_scopes(client("a", "b"), asked)
    error = refused.value
    assert (error.reason, error.client_id, error.client_pk) == (Reason.SCOPE_NOT_GRANTED, "job", 7)


@pytest.mark.rfc("6749", "3.3")
@pytest.mark.parametrize("optional", [(), ("x",)], ids=["no scopes", "none by default"])
def test_client_without_defaults_has_to_ask(optional):
    with pytest.raises(InvalidScope) as refused:
        choose_scopes(client(optional=optional), [])
    error = refused.value
    assert (error.reason, error.client_id, error.client_pk) == (Reason.NO_DEFAULT_SCOPE, "job", 7)
