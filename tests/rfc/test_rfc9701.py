"""Introspection answers that are signed."""

import json
import logging
import time

import jwt
import pytest

from oauth_m2m.models import Client
from tests.conftest import Registered
from tests.endpoints import (
    INTROSPECTION,
    ask,
    assert_answered,
    assert_no_store,
    assert_refused,
)

pytestmark = pytest.mark.django_db

ISSUER = "https://auth.example.com"
SIGNED = "application/token-introspection+jwt"


@pytest.fixture
def introspect_signed(http):
    """Return header and claims of a signed answer, verified with the keys that we publish."""

    def introspect_signed(asking: Registered, token: str, accept: str = SIGNED):
        response = ask(http, INTROSPECTION, asking, {"token": token}, Accept=accept)
        assert response.status_code == 200, response.content
        assert response.headers["Content-Type"] == SIGNED
        assert_no_store(response)
        signed = response.content.decode()
        header = jwt.get_unverified_header(signed)
        keys = jwt.PyJWKSet.from_dict(http.get("/oauth/jwks.json").json())
        key = keys[header["kid"]]
        claims = jwt.decode(
            signed, key, algorithms=[header["alg"]], audience=asking.client_id, issuer=ISSUER
        )
        return header, claims

    return introspect_signed


@pytest.mark.rfc("9701", "5")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_answer_is_a_jwt_that_carries_the_plain_answer(
    registered, get_token, http, introspect_signed, token_format
):
    Client.objects.update(token_format=token_format)
    token = get_token(registered)
    header, claims = introspect_signed(registered, token)
    assert {**header, "kid": ""} == {"typ": "token-introspection+jwt", "alg": "ES256", "kid": ""}
    assert abs(claims.pop("iat") - time.time()) < 5
    plain = ask(http, INTROSPECTION, registered, {"token": token}).json()
    assert plain["active"] is True
    assert claims == {"iss": ISSUER, "aud": registered.client_id, "token_introspection": plain}


@pytest.mark.rfc("9701", "5")
def test_inactive_answer_is_signed_as_well(registered, introspect_signed):
    _, claims = introspect_signed(registered, "unknown")
    assert claims["token_introspection"] == {"active": False}
    assert set(claims) == {"iss", "aud", "iat", "token_introspection"}


@pytest.mark.rfc("9701", "5")
def test_stranger_gets_a_signed_answer_that_says_nothing(
    registered, register, get_token, introspect_signed
):
    _, claims = introspect_signed(register(), get_token(registered))
    assert claims["token_introspection"] == {"active": False}


@pytest.mark.rfc("9701", "8.1")
def test_signed_answer_is_no_access_token(registered, get_token, http):
    response = ask(http, INTROSPECTION, registered, {"token": get_token(registered)}, Accept=SIGNED)
    headers = {"Authorization": f"Bearer {response.content.decode()}"}
    assert http.get("/api/orders/", headers=headers).status_code == 401


@pytest.mark.rfc("9701", "4")
@pytest.mark.parametrize(
    "accept",
    [
        pytest.param("Application/Token-Introspection+JWT", id="in capitals"),
        pytest.param(f"{SIGNED};q=0.9", id="with a quality"),
        pytest.param(f"application/json;q=0.5, {SIGNED}", id="beside another type"),
    ],
)
def test_signed_answer_is_given_to_whoever_accepts_it(registered, introspect_signed, accept):
    introspect_signed(registered, "unknown", accept)


@pytest.mark.rfc("9701", "4")
@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "application/*", "application/jwt", ""], ids=str
)
def test_everybody_else_gets_plain_json(registered, http, accept):
    response = ask(http, INTROSPECTION, registered, {"token": "unknown"}, Accept=accept)
    assert_answered(response, {"active": False})


@pytest.mark.rfc("9701", "5")
def test_without_an_issuer_a_signed_answer_is_unavailable(registered, http, settings, caplog):
    settings.OAUTH_M2M = {"REQUIRE_HTTPS": False}
    response = ask(http, INTROSPECTION, registered, {"token": "unknown"}, Accept=SIGNED)
    assert_refused(
        response,
        503,
        "temporarily_unavailable",
        "The server is temporarily unable to answer. Try again.",
        kind="introspection.refused",
        reason="issuer_missing",
    )
    assert response.headers["Retry-After"] == "5"
    [record] = [record for record in caplog.records if record.name == "oauth_m2m.tokens"]
    assert record.levelno == logging.ERROR
    assert "OAUTH_M2M['ISSUER']" in record.getMessage()
    assert_answered(ask(http, INTROSPECTION, registered, {"token": "unknown"}), {"active": False})


@pytest.mark.rfc("9701", "7")
@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "PS256"])
def test_answer_is_signed_with_the_algorithm_of_the_setting(
    registered, introspect_signed, http, settings, algorithm
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_ALGORITHM": algorithm}
    header, _ = introspect_signed(registered, "unknown")
    assert header["alg"] == algorithm
    metadata = http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["introspection_signing_alg_values_supported"] == [algorithm]


@pytest.mark.rfc("9701", "5")
def test_refusals_are_plain_json(registered, http):
    body = ask(http, INTROSPECTION, registered, {"a": "b"}, Accept=SIGNED)
    assert body.headers["Content-Type"] == "application/json"
    assert json.loads(body.content)["error"] == "invalid_request"
