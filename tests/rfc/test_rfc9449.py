"""DPoP: tokens that work only together with a proof of the key they are bound to."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client as HttpClient

from oauth_m2m.models import AccessToken, AuditEvent, Client
from tests.certificates import BEHIND_PROXY, make_certificate
from tests.challenges import ALGORITHMS, BEARER, DPOP
from tests.conftest import Registered
from tests.endpoints import INTROSPECTION, ask
from tests.error_ids import body_of, challenge_of
from tests.proofs import ORDERS_URL, jkt, proof, proof_for

pytestmark = pytest.mark.django_db

LOGGER = "oauth_m2m.resource_server"
TOKEN_INVALID = 'error="invalid_token", error_description="The access token is not valid."'
PROOF_INVALID = (
    f'{DPOP}, error="invalid_dpop_proof", error_description="The DPoP proof is not valid.",'
    f" {ALGORITHMS}"
)
NONCE_WANTED = (
    f'{DPOP}, error="use_dpop_nonce",'
    f' error_description="The DPoP proof must carry the nonce of this answer.", {ALGORITHMS}'
)

formats = pytest.mark.parametrize("token_format", ["opaque", "jwt"])
views = pytest.mark.parametrize("path", ["/api/orders/", "/reports/daily"], ids=["DRF", "plain"])


@pytest.fixture
def client(register) -> Registered:
    return register("orders:read", "reports:read", requires_dpop=True)


@pytest.fixture
def grant(post_token):
    """Ask for a token with a proof; a proof of its own unless one is given."""

    def grant(client: Registered, sent: str | None = None):
        fields = {"grant_type": "client_credentials", **client.credentials}
        return post_token(fields, DPoP=proof() if sent is None else sent)

    return grant


@pytest.fixture
def bound(grant):
    """Return a bound token of a client."""

    def bound(client: Registered, token_format: str = "opaque") -> str:  # noqa: S107 - no password
        Client.objects.update(token_format=token_format)
        response = grant(client)
        assert response.status_code == 200, response.content
        return response.json()["access_token"]

    return bound


def call(token: str, sent: str | None = None, scheme: str = "DPoP", path: str = "/api/orders/"):
    headers = {"Authorization": f"{scheme} {token}", **({} if sent is None else {"DPoP": sent})}
    return HttpClient().get(path, headers=headers)


def url_of(path: str) -> str:
    return f"https://auth.example.com{path}"


def assert_refused(response, challenge: str) -> None:
    assert response.status_code == 401, response.content
    assert challenge_of(response) == challenge


@pytest.mark.rfc("9449", "5")
@formats
@views
def test_token_is_bound_and_works_with_proofs_of_its_key(client, grant, token_format, path):
    Client.objects.update(token_format=token_format)
    response = grant(client)
    body = response.json()
    token = body.pop("access_token")
    assert body == {"token_type": "DPoP", "expires_in": 3600, "scope": "orders:read reports:read"}
    for _ in range(2):
        assert call(token, proof_for(token, htu=url_of(path)), path=path).status_code == 200


@pytest.mark.rfc("9449", "6")
@formats
def test_introspection_shows_the_binding(client, bound, http, token_format):
    answer = ask(http, INTROSPECTION, client, {"token": bound(client, token_format)}).json()
    assert (answer["cnf"], answer["token_type"]) == ({"jkt": jkt()}, "DPoP")


@pytest.mark.rfc("9449", "5")
def test_proof_without_being_asked_binds_too(register, grant):
    assert grant(register("a")).json()["token_type"] == "DPoP"


@pytest.mark.rfc("9449", "5.2")
def test_client_that_requires_proofs_gets_nothing_without(client, post_token):
    response = post_token({"grant_type": "client_credentials", **client.credentials})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert AuditEvent.objects.get(kind="token.refused").reason == "binding_required"


@pytest.mark.rfc("9449", "5")
@pytest.mark.parametrize(
    "sent, reason",
    [
        (lambda: "nonsense", "malformed_token"),
        (lambda: f"{proof()},{proof()}", "malformed_token"),
        (lambda: proof(htu=ORDERS_URL), "proof_for_another_request"),
        (lambda: proof(header={"alg": "none"}), "wrong_algorithm"),
    ],
    ids=["nonsense", "two headers", "another URL", "none"],
)
def test_bad_proof_is_refused_and_audited_with_its_client(client, grant, sent, reason):
    response = grant(client, sent())
    assert response.status_code == 400
    assert body_of(response) == {
        "error": "invalid_dpop_proof",
        "error_description": "The DPoP proof is not valid.",
    }
    assert "WWW-Authenticate" not in response.headers
    event = AuditEvent.objects.get(kind="token.refused")
    assert (event.reason, event.client_identifier) == (reason, client.client_id)
    assert event.client_id == client.client.pk


@pytest.mark.rfc("9449", "11.1")
def test_replayed_proof_is_refused(client, grant, bound):
    sent = proof()
    assert grant(client, sent).status_code == 200
    assert grant(client, sent).json()["error"] == "invalid_dpop_proof"
    token = bound(client)
    sent = proof_for(token)
    assert call(token, sent).status_code == 200
    assert_refused(call(token, sent), PROOF_INVALID)


@pytest.mark.rfc("9449", "7.1")
@formats
@views
@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"ath": "another"}, "proof_for_another_token"),
        ({"ath": None}, "proof_for_another_token"),
        ({"htm": "POST"}, "proof_for_another_request"),
        ({"htu": ORDERS_URL + "7"}, "proof_for_another_request"),
    ],
    ids=["another token", "no token", "another method", "another URL"],
)
def test_bad_proof_is_challenged_at_the_api(
    client, bound, caplog, token_format, path, changes, reason
):
    token = bound(client, token_format)
    caplog.set_level(logging.INFO, LOGGER)
    sent = proof_for(token, **{"htu": url_of(path), **changes})
    assert_refused(call(token, sent, path=path), PROOF_INVALID)
    logged = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert logged == [f"token refused: client={client.client_id} reason={reason}"]


@pytest.mark.rfc("9449", "7.1")
@formats
@views
def test_proof_by_another_key_or_none_is_an_invalid_token(client, bound, token_format, path):
    token = bound(client, token_format)
    for sent in (proof_for(token, number=1, htu=url_of(path)), None):
        response = call(token, sent, path=path)
        assert_refused(response, f"{DPOP}, {TOKEN_INVALID}, {ALGORITHMS}")


@pytest.mark.rfc("9449", "7.2")
@formats
@views
def test_bound_token_is_no_bearer_token(client, bound, token_format, path):
    token = bound(client, token_format)
    for sent in (proof_for(token, htu=url_of(path)), None):
        assert_refused(call(token, sent, "Bearer", path), f"{BEARER}, {TOKEN_INVALID}")


@pytest.mark.rfc("9449", "7.1")
@views
def test_token_that_is_not_bound_is_refused_by_the_scheme(register, get_token, path):
    token = get_token(register("orders:read", "reports:read"))
    sent = proof_for(token, htu=url_of(path))
    response = call(token, sent, path=path)
    assert_refused(response, f"{DPOP}, {TOKEN_INVALID}, {ALGORITHMS}")
    assert call(token, sent, "Bearer", path).status_code == 200


@views
def test_unknown_binding_is_not_met(client, bound, path):
    token = bound(client)
    AccessToken.objects.update(confirmation={"jkt": jkt(), "x5u": "https://example.com"})
    response = call(token, proof_for(token, htu=url_of(path)), path=path)
    assert response.status_code == 401


@pytest.mark.rfc("9449", "7.1")
@views
def test_missing_scope_is_answered_by_the_scheme(register, grant, path):
    client = register("other")
    token = grant(client).json()["access_token"]
    response = call(token, proof_for(token, htu=url_of(path)), path=path)
    assert response.status_code == 403
    assert challenge_of(response).startswith(f'{DPOP}, error="insufficient_scope"')
    assert challenge_of(response).endswith(ALGORITHMS)


@pytest.mark.rfc("9449", "7.1")
@views
def test_request_without_a_token_is_challenged_for_a_bearer(http, path):
    assert_refused(http.get(path), BEARER)


@pytest.mark.rfc("9449", "8")
def test_token_endpoint_asks_for_its_nonce(client, grant, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": True}
    response = grant(client)
    assert response.status_code == 400
    assert body_of(response) == {
        "error": "use_dpop_nonce",
        "error_description": "The DPoP proof must carry the nonce of this answer.",
    }
    assert AuditEvent.objects.get(kind="token.refused").reason == "proof_without_nonce"
    nonce = response.headers["DPoP-Nonce"]
    assert grant(client, proof(nonce=nonce)).status_code == 200
    assert grant(client, proof(nonce=nonce[:-1])).json()["error"] == "use_dpop_nonce"


@pytest.mark.rfc("9449", "9")
@views
def test_api_asks_for_our_nonce(client, bound, settings, path):
    token = bound(client)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": True}
    response = call(token, proof_for(token, htu=url_of(path)), path=path)
    assert_refused(response, NONCE_WANTED)
    nonce = response.headers["DPoP-Nonce"]
    sent = proof_for(token, htu=url_of(path), nonce=nonce)
    assert call(token, sent, path=path).status_code == 200


@pytest.mark.rfc("9449", "5.1")
def test_strict_profile_advertises_what_it_takes(http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **BEHIND_PROXY, "PROFILE": "fapi2"}
    document = http.get("/.well-known/oauth-authorization-server").json()
    strict = ["PS256", "ES256", "EdDSA"]
    assert document["dpop_signing_alg_values_supported"] == strict
    assert document["token_endpoint_auth_signing_alg_values_supported"] == strict
    assert document["token_endpoint_auth_methods_supported"] == [
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ]


HOLDER = make_certificate("CN=orders,O=Example")


@pytest.fixture
def strict(register, settings) -> Registered:
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **BEHIND_PROXY}
    return register(
        "orders:read",
        auth_methods=["tls_client_auth", "client_secret_basic", "client_secret_post"],
        tls_subject={"subject_dn": "CN=orders,O=Example"},
        profile="fapi2",
    )


@pytest.mark.parametrize("is_dpop", [True, False], ids=["proof", "certificate"])
@pytest.mark.parametrize("by", ["client", "setting"])
def test_strict_profile_binds_by_either_and_for_ten_minutes(strict, settings, http, is_dpop, by):
    if by == "setting":
        Client.objects.update(profile="")
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROFILE": "fapi2"}
    sent = HOLDER.through_proxy(**({"DPoP": proof()} if is_dpop else {}))
    body = f"grant_type=client_credentials&client_id={strict.client_id}"
    content_type = "application/x-www-form-urlencoded"
    answer = http.post("/oauth/token", body, content_type=content_type, **sent).json()
    assert answer["expires_in"] == 600
    expected = {"jkt": jkt()} if is_dpop else {"x5t#S256": HOLDER.thumbprint}
    assert AccessToken.objects.get().confirmation == expected


def test_strict_client_may_not_use_its_secret(strict, grant):
    assert grant(strict).json()["error"] == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "profile_forbids_secrets"


def test_client_that_wants_both_is_bound_by_both(strict, http):
    Client.objects.update(requires_certificate=True)
    body = f"grant_type=client_credentials&client_id={strict.client_id}"
    content_type = "application/x-www-form-urlencoded"
    sent = HOLDER.through_proxy(DPoP=proof())
    token = http.post("/oauth/token", body, content_type=content_type, **sent).json()[
        "access_token"
    ]
    assert AccessToken.objects.get().confirmation == {
        "jkt": jkt(),
        "x5t#S256": HOLDER.thumbprint,
    }
    assert call(token, proof_for(token)).status_code == 401
    both = HOLDER.through_proxy(Authorization=f"DPoP {token}", DPoP=proof_for(token))
    assert http.get("/api/orders/", **both).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.rfc("9449", "11.1")
def test_of_twenty_copies_at_once_one_passes(client, bound):
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite lives in memory, which threads do not share well")
    token = bound(client)
    sent = proof_for(token)

    def try_it(_number: int) -> int:
        try:
            return call(token, sent).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(try_it, range(20)))
    assert statuses == [200] + [401] * 19
