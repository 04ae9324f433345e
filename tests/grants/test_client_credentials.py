from datetime import timedelta

import pytest

from oauth_m2m.errors import InvalidRequest, InvalidScope, Reason
from oauth_m2m.grants.client_credentials import STRICT_LIFETIME, decide
from oauth_m2m.values import Grant
from tests.grants.clients import client, scope

ORDERS, STOCK = "https://orders.example.com", "https://stock.example.com"
A, X = scope("a"), scope("x", is_default=False)
BY_KEY, BY_CERTIFICATE = {"jkt": "a key"}, {"x5t#S256": "a certificate"}


@pytest.mark.rfc("6749", "4.4")
@pytest.mark.parametrize(
    "own, lifetime",
    [(None, timedelta(minutes=2)), (timedelta(seconds=5), timedelta(seconds=5))],
    ids=["the setting", "the client's own"],
)
def test_grant_has_scopes_and_a_lifetime(settings, own, lifetime):
    settings.OAUTH_M2M = {"ACCESS_TOKEN_LIFETIME": 120}
    assert decide(client(A, X, token_lifetime=own, key_pk=5), [], [], None) == Grant(
        client_pk=7,
        client_id="job",
        secret_pk=3,
        key_pk=5,
        scopes=("a",),
        audience=(),
        token_format="opaque",
        lifetime=lifetime,
        confirmation=None,
        auth_method="client_secret_basic",
    )


def test_scopes_asked_for_are_decided_upon():
    assert decide(client(A, X), ["x"], [], None).scopes == ("x",)
    with pytest.raises(InvalidScope):
        decide(client(A, X), ["y"], [], None)


@pytest.mark.parametrize(
    "own, wishes, expected",
    [
        pytest.param("", [None, None], "opaque", id="nobody says"),
        pytest.param("", ["jwt", None], "jwt", id="one API"),
        pytest.param("", ["jwt", "jwt"], "jwt", id="two APIs agree"),
        pytest.param("", ["jwt", "opaque"], "opaque", id="two APIs differ"),
        pytest.param("opaque", ["jwt", "jwt"], "opaque", id="the client first"),
    ],
)
def test_format_is_the_clients_then_its_apis_then_the_settings(own, wishes, expected):
    scopes = [
        scope(name, resource, token_format=wish)
        for name, resource, wish in zip("ab", (ORDERS, STOCK), wishes, strict=True)
    ]
    assert decide(client(*scopes, token_format=own), [], [], None).token_format == expected


def test_most_cautious_api_sets_the_lifetime():
    scopes = scope("a", ORDERS, token_lifetime=60), scope("b", STOCK, token_lifetime=50)
    assert decide(client(*scopes), [], [], None).lifetime == timedelta(seconds=50)


@pytest.mark.parametrize(
    "wants, confirmation, allowed",
    [
        pytest.param({}, None, True, id="nothing asked"),
        pytest.param({}, BY_KEY, True, id="bound of its own will"),
        pytest.param({"requires_dpop": True}, None, False, id="no proof"),
        pytest.param({"requires_dpop": True}, BY_CERTIFICATE, False, id="certificate for a proof"),
        pytest.param({"requires_dpop": True}, BY_KEY, True, id="proof"),
        pytest.param({"requires_certificate": True}, None, False, id="no certificate"),
        pytest.param({"requires_certificate": True}, BY_KEY, False, id="proof for a certificate"),
        pytest.param({"requires_certificate": True}, BY_CERTIFICATE, True, id="certificate"),
        pytest.param({"is_strict": True}, None, False, id="strict and nothing"),
        pytest.param({"is_strict": True}, BY_KEY, True, id="strict with a proof"),
        pytest.param({"is_strict": True}, BY_CERTIFICATE, True, id="strict with a certificate"),
    ],
)
def test_client_that_must_bind_its_tokens_gets_no_other(wants, confirmation, allowed):
    asking = client(A, **wants)
    if allowed:
        assert decide(asking, [], [], confirmation).confirmation == confirmation
        return
    with pytest.raises(InvalidRequest) as refused:
        decide(asking, [], [], confirmation)
    error = refused.value
    assert (error.reason, error.client_id, error.client_pk) == (Reason.BINDING_REQUIRED, "job", 7)


@pytest.mark.parametrize(
    "own, expected",
    [(None, STRICT_LIFETIME), (timedelta(seconds=5), timedelta(seconds=5))],
    ids=["the setting is longer", "the client's own is shorter"],
)
def test_strict_profile_cuts_the_lifetime(own, expected):
    strict = client(A, is_strict=True, token_lifetime=own)
    assert decide(strict, [], [], BY_KEY).lifetime == expected
