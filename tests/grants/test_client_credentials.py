from datetime import timedelta

import pytest

from oauth_m2m.errors import InvalidScope
from oauth_m2m.grants.client_credentials import decide
from oauth_m2m.values import AuthenticatedClient, Grant


def client(token_lifetime: timedelta | None = None) -> AuthenticatedClient:
    return AuthenticatedClient(
        pk=7,
        client_id="job",
        method="client_secret_basic",
        secret_pk=3,
        scopes=("a", "x"),
        default_scopes=("a",),
        token_format="",
        token_lifetime=token_lifetime,
    )


@pytest.mark.rfc("6749", "4.4")
@pytest.mark.parametrize(
    "own, lifetime",
    [(None, timedelta(minutes=2)), (timedelta(seconds=5), timedelta(seconds=5))],
    ids=["the setting", "the client's own"],
)
def test_grant_has_scopes_and_a_lifetime(settings, own, lifetime):
    settings.OAUTH_M2M = {"ACCESS_TOKEN_LIFETIME": 120}
    assert decide(client(own), []) == Grant(
        client_pk=7, client_id="job", secret_pk=3, scopes=("a",), lifetime=lifetime
    )


def test_scopes_asked_for_are_decided_upon():
    assert decide(client(), ["x"]).scopes == ("x",)
    with pytest.raises(InvalidScope):
        decide(client(), ["y"])
