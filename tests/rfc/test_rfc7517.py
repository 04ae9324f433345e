"""The key set: what it shows of each key, and which keys are in it."""

from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from oauth_m2m.keys import signing
from oauth_m2m.keys.jwk import private_pem
from oauth_m2m.keys.signing import create_key, forget_ring
from oauth_m2m.models import SigningKey
from oauth_m2m.operations.signing_keys import rotate_signing_keys

pytestmark = pytest.mark.django_db

JWKS = "/oauth/jwks.json"

PUBLIC_MEMBERS = {
    "ES256": {"kty", "crv", "x", "y", "kid", "alg", "use"},
    "EdDSA": {"kty", "crv", "x", "kid", "alg", "use"},
    "RS256": {"kty", "n", "e", "kid", "alg", "use"},
    "PS256": {"kty", "n", "e", "kid", "alg", "use"},
}


@pytest.fixture
def kids(http):
    """Return the key ids of the published set."""
    return lambda: [key["kid"] for key in http.get(JWKS).json()["keys"]]


@pytest.mark.rfc("7517", "5")
def test_set_is_public_json_that_may_be_kept_for_a_while(http):
    create_key("ES256", 1, timezone.now())
    response = http.get(JWKS)
    assert response.status_code == 200
    assert set(response.json()) == {"keys"}
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.rfc("7517", "4")
@pytest.mark.rfc("7517", "9.2")
@pytest.mark.parametrize("algorithm", PUBLIC_MEMBERS)
def test_key_is_shown_by_its_public_members_alone(http, algorithm):
    create_key(algorithm, 1, timezone.now())
    [key] = http.get(JWKS).json()["keys"]
    assert set(key) == PUBLIC_MEMBERS[algorithm]
    assert (key["alg"], key["use"]) == (algorithm, "sig")


@pytest.mark.rfc("7517", "9.2")
def test_key_from_the_settings_is_shown_by_its_public_members_alone(http, settings):
    pem = private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)).decode()
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_KEYS": [pem]}
    [key] = http.get(JWKS).json()["keys"]
    assert set(key) == PUBLIC_MEMBERS["RS256"]
    assert not SigningKey.objects.exists()


@pytest.mark.rfc("7517", "4.5")
def test_tokens_name_a_key_of_the_set_that_verifies_them(registered, get_token, http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_FORMAT": "jwt"}
    token = get_token(registered)
    keys = jwt.PyJWKSet.from_dict(http.get(JWKS).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    issuer = "https://auth.example.com"
    claims = jwt.decode(token, key, algorithms=["ES256"], audience=issuer, issuer=issuer)
    assert claims["client_id"] == registered.client_id


@pytest.mark.rfc("7517", "5.1")
def test_announced_active_and_retired_keys_are_in_the_set_and_expired_ones_are_not(kids, actor):
    def rotate():
        return rotate_signing_keys(actor=actor, algorithm="ES256", announce=timedelta(days=1)).key

    active = rotate()
    announced = rotate()
    assert [active.state, announced.state] == ["active", "announced"]
    assert kids() == [announced.kid, active.kid]

    hour, now = timedelta(hours=1), timezone.now()
    SigningKey.objects.filter(pk=active.pk).update(
        announced_at=now - 3 * hour,
        activates_at=now - 2 * hour,
        retires_at=now - hour,
        expires_at=now + hour,
    )
    forget_ring()
    active.refresh_from_db()
    assert active.state == "retired"
    assert kids() == [announced.kid, active.kid]

    SigningKey.objects.filter(pk=active.pk).update(expires_at=now)
    forget_ring()
    assert kids() == [announced.kid]


@pytest.mark.rfc("7517", "5")
def test_set_without_keys_is_kept_by_nobody(http, kids):
    response = http.get(JWKS)
    assert response.json() == {"keys": []}
    assert response.headers["Cache-Control"] == "public, max-age=0"
    assert not SigningKey.objects.exists()


@pytest.mark.rfc("7517", "5")
def test_key_of_another_process_is_in_the_set_a_second_later(kids):
    assert kids() == []
    key = create_key("ES256", 1, timezone.now())
    signing._ring = replace(signing._ring, read_at=signing._ring.read_at - 1)
    assert kids() == [key.kid]


def test_unchanged_set_is_answered_by_304(http, actor):
    create_key("ES256", 1, timezone.now())
    headers = {"If-None-Match": http.get(JWKS).headers["ETag"]}
    response = http.get(JWKS, headers=headers)
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["Cache-Control"] == "public, max-age=300"
    rotate_signing_keys(actor=actor, algorithm="ES256", announce=timedelta(days=1))
    assert http.get(JWKS, headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_set_is_for_reading_only(http, method):
    response = http.generic(method, JWKS)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
