"""Tokens of other servers, whose keys come over a real socket."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.keys import remote_jwks
from oauth_m2m.keys.jwk import public_jwk
from oauth_m2m.remote_issuers import RemoteIssuer
from oauth_m2m.resource_server.remote import remote_issuer_of, verify_remote
from tests.error_ids import body_of
from tests.jose import assemble, b64, good_claims, parts, private_key, with_member
from tests.key_server import KeyServer, jwk, running_key_server

ROOT = Path(__file__).parent.parent.parent
REMOTE = "https://login.example.com/"
OTHER = "https://another.example.com"
AUDIENCE = "https://api.example.com"
KID = public_jwk(private_key("ES256"), "ES256")["kid"]


@pytest.fixture
def server():
    with running_key_server() as server:
        server.publish(jwk())
        yield server


@pytest.fixture(autouse=True)
def _trusted(settings, server: KeyServer):
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "REMOTE_ISSUERS": {
            REMOTE: {"jwks_uri": server.url, "audience": AUDIENCE},
            OTHER: {"jwks_uri": server.url + "?other", "audience": AUDIENCE},
        },
    }


def listed(issuer: str) -> RemoteIssuer:
    return m2m_settings.REMOTE_ISSUERS[issuer]


def header(**changes) -> dict:
    return {"alg": "ES256", "typ": "at+jwt", "kid": KID, **changes}


def claims(**changes) -> dict:
    return good_claims(**{"iss": REMOTE, "aud": AUDIENCE, **changes})


def good(**changes) -> str:
    return assemble(header(), claims(**changes), private_key("ES256"))


@pytest.fixture
def call(http, db):
    """Call the orders API of this project."""

    def call(token: str):
        return http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})

    return call


def test_good_token_is_accepted(call):
    assert call(good()).status_code == 200


def test_verified_token_says_who_and_from_where():
    token = verify_remote(good(scope="a b"), listed(REMOTE))
    assert token.client_id == f"{REMOTE}#billing"
    assert (token.scopes, token.audience) == (("a", "b"), (AUDIENCE,))
    assert token.claims == claims(scope="a b", iat=token.claims["iat"], exp=token.claims["exp"])
    assert int(token.issued_at.timestamp()) == token.claims["iat"]
    assert int(token.expires_at.timestamp()) == token.claims["exp"]
    assert (token.client_pk, token.service_account, token.rate_limit) == (None, None, "")


def test_audience_may_be_a_list_and_the_scope_may_be_missing():
    token = verify_remote(good(aud=["https://x.example", AUDIENCE], scope=None), listed(REMOTE))
    assert (token.scopes, token.audience) == ((), ("https://x.example", AUDIENCE))


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "PS256"])
def test_other_algorithms_are_accepted(server: KeyServer, algorithm):
    server.publish(jwk(algorithm))
    presented = assemble(
        header(alg=algorithm, kid=jwk(algorithm)["kid"]),
        claims(),
        private_key(algorithm),
        algorithm,
    )
    assert verify_remote(presented, listed(REMOTE)).scopes == ("orders:read",)


def test_client_of_another_server_is_no_client_of_ours(register, call):
    register("orders:read", client_id="billing", is_active=False)
    assert call(good()).status_code == 200


def test_no_statement_but_the_views_own(call):
    with CaptureQueriesContext(connection) as captured:
        assert call(good()).status_code == 200
    assert len(captured) == 1


def test_missing_scope_is_403(call):
    assert call(good(scope="orders:write")).status_code == 403


def late() -> dict:
    now = claims()["iat"]
    return {"iat": now - 60, "exp": now}


def early() -> dict:
    return {"iat": claims()["iat"] + 60}


WRONG = {
    "for another API": (lambda: good(aud="https://x.example"), "wrong_audience"),
    "for our own issuer": (lambda: good(aud="https://auth.example.com"), "wrong_audience"),
    "expired": (lambda: good(**late()), "token_expired"),
    "of the future": (lambda: good(**early()), "not_yet_valid"),
    "of an issuer that is not listed": (lambda: good(iss="https://x.example"), "foreign_token"),
    "of the issuer in another spelling": (lambda: good(iss=REMOTE[:-1]), "foreign_token"),
    "without a client": (lambda: good(client_id=None), "malformed_claims"),
    "scope is a list": (lambda: good(scope=["orders:read"]), "malformed_claims"),
    "iat is infinite": (
        lambda: assemble(
            header(), with_member(claims(iat=None), '"iat": 1e400'), private_key("ES256")
        ),
        "malformed_claims",
    ),
    "an ID token": (
        lambda: assemble(header(typ="JWT"), claims(), private_key("ES256")),
        "wrong_type",
    ),
    "of another key": (
        lambda: assemble(header(), claims(), private_key("ES256", 5)),
        "wrong_signature",
    ),
    "of an unknown key": (
        lambda: assemble(header(kid="x"), claims(), private_key("ES256")),
        "unknown_key",
    ),
    "kid is a number": (
        lambda: assemble(header(kid=1), claims(), private_key("ES256")),
        "unknown_key",
    ),
    "without a kid": (
        lambda: assemble({"alg": "ES256", "typ": "at+jwt"}, claims(), private_key("ES256")),
        "unknown_key",
    ),
    "algorithm none": (
        lambda: assemble(header(alg="none"), claims(), private_key("ES256")),
        "wrong_algorithm",
    ),
    "a claim twice": (
        lambda: assemble(header(), with_member(claims(), '"sub": "x"'), private_key("ES256")),
        "malformed_token",
    ),
}


@pytest.mark.parametrize("make, reason", WRONG.values(), ids=WRONG)
def test_bad_token_is_refused(call, caplog, make, reason):
    caplog.set_level(logging.DEBUG, "oauth_m2m.resource_server")
    response = call(make())
    assert response.status_code == 401
    assert response.json() == {"detail": "The access token is not valid."}
    assert f"reason={reason}" in caplog.text


def test_issuer_cannot_vouch_for_another(server: KeyServer):
    presented = good()
    with pytest.raises(InvalidToken) as refused:
        verify_remote(presented, listed(OTHER))
    assert refused.value.reason is Reason.MALFORMED_CLAIMS


def test_symmetric_key_of_a_set_verifies_nothing(server: KeyServer, call):
    secret = b"a secret that was published, long enough"
    server.publish({"kty": "oct", "k": b64(secret), "kid": KID, "alg": "HS256"}, jwk("EdDSA"))
    token = assemble(header(alg="HS256"), claims(), secret, "HS256")
    assert call(token).status_code == 401


def test_rotated_key_is_fetched_and_invented_kids_are_not(server: KeyServer, call):
    assert call(good()).status_code == 200
    new = jwk(number=3)
    server.publish(new, jwk())
    token = assemble(header(kid=new["kid"]), claims(), private_key("ES256", 3))
    keys = remote_jwks.remote_keys(server.url)
    keys._tried_at -= remote_jwks.RETRY_SECONDS
    assert call(token).status_code == 200
    assert server.asked == 2
    for number in range(20):
        invented = assemble(header(kid=f"x{number}"), claims(), private_key("ES256", 3))
        assert call(invented).status_code == 401
    assert server.asked == 2


def test_server_that_went_away_is_not_missed(server: KeyServer, call):
    assert call(good()).status_code == 200
    server.stop()
    keys = remote_jwks.remote_keys(server.url)
    keys._tried_at = keys._fetched_at = keys._fetched_at - 10 * remote_jwks.KEPT_SECONDS
    assert call(good()).status_code == 200
    server.start()


def test_server_whose_keys_were_never_had_is_503(server: KeyServer, call, http):
    server.body = b"not yet"
    response = call(good())
    assert response.status_code == 503
    description = "The server is temporarily unable to answer. Try again."
    assert response.json() == {"detail": description}
    assert response.headers["Retry-After"] == "5"
    response = http.get("/reports/daily", headers={"Authorization": f"Bearer {good()}"})
    assert response.status_code == 503
    expected = {"error": "temporarily_unavailable", "error_description": description}
    assert body_of(response) == expected


def test_what_claims_no_listed_issuer_is_not_remote(settings):
    assert remote_issuer_of(good()) is listed(REMOTE)
    assert remote_issuer_of(good(iss="https://x.example")) is None
    assert remote_issuer_of("m2mt_abc") is None
    settings.OAUTH_M2M = {}
    assert remote_issuer_of(good()) is None


def test_our_own_tokens_are_accepted_beside_theirs(register, get_token, call):
    for token_format in ("opaque", "jwt"):
        token = get_token(register("orders:read", token_format=token_format))
        assert call(token).status_code == 200


@pytest.mark.django_db
def test_project_without_a_table_accepts_the_tokens_of_this_one(
    register, get_token, http, server: KeyServer
):
    machine = register("orders:read", optional=["ping"], token_format="jwt")
    tokens = [get_token(machine), get_token(machine, "ping"), good()]
    server.body = http.get("/oauth/jwks.json").content
    issuer, audience = (parts(tokens[0])[1][name] for name in ("iss", "aud"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.host.remote_api", issuer, server.url, audience],
        input="\n".join(tokens),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    pk = f"m2m:{issuer}#{machine.client_id}"
    assert answers == [
        {"statuses": [200, 200], "seen": [json.dumps(pk), pk]},
        {"statuses": [403, 403], "seen": ["", ""]},
        {"statuses": [401, 401], "seen": ["", ""]},
    ]
    assert server.asked == 1
