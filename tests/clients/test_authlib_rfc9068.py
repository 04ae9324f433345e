"""Authlib's validator of RFC 9068: an API in Python that is strict about access tokens."""

import time
from datetime import timedelta
from urllib.parse import urljoin

import pytest
import requests
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet

from tests.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)

AUDIENCE = "https://api.example.com"


class Validator(JWTBearerTokenValidator):
    """Fetches the keys where the issuer's metadata says they are, as Authlib's manual does."""

    def get_jwks(self):
        document = urljoin(self.issuer, "/.well-known/oauth-authorization-server")
        jwks_uri = requests.get(document, timeout=20).json()["jwks_uri"]
        return KeySet.import_key_set(requests.get(jwks_uri, timeout=20).json())


@pytest.fixture
def get_real_token(issuer: str, registered: Registered, settings):
    """Return a token that was got over the wire."""

    def get_real_token(**configured: object) -> str:
        own = {"TOKEN_FORMAT": "jwt", "DEFAULT_AUDIENCE": AUDIENCE, **configured}
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, **own}
        fields = {"grant_type": "client_credentials", **registered.credentials}
        answer = requests.post(f"{issuer}/oauth/token", fields, timeout=20)
        return answer.json()["access_token"]

    return get_real_token


def validate(token: str, issuer: str, audience: str = AUDIENCE, scope: str = "orders:read"):
    validator = Validator(issuer, audience)
    claims = validator.authenticate_token(token)
    validator.validate_token(claims, [scope], None)
    return claims


# Not EdDSA and PS256: the validator takes none but the algorithms that joserfc recommends.
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_token_is_accepted(get_real_token, issuer, registered, algorithm):
    claims = validate(get_real_token(SIGNING_ALGORITHM=algorithm), issuer)
    assert claims["client_id"] == registered.client_id
    assert claims.header["alg"] == algorithm


def test_token_without_the_scope_is_refused(get_real_token, issuer):
    token = get_real_token()
    with pytest.raises(InsufficientScopeError):
        validate(token, issuer, scope="orders:write")


def test_token_for_another_api_is_refused(get_real_token, issuer):
    token = get_real_token()
    with pytest.raises(InvalidTokenError):
        validate(token, issuer, "https://other.example")


def test_token_of_an_issuer_that_changed_its_name_is_refused(get_real_token, issuer):
    token = get_real_token(ISSUER=f"{issuer}/tenant")
    assert validate(token, f"{issuer}/tenant")
    with pytest.raises(InvalidTokenError):
        validate(token, issuer)


def test_token_that_expired_is_refused(get_real_token, issuer):
    token = get_real_token(ACCESS_TOKEN_LIFETIME=timedelta(seconds=1))
    time.sleep(2.1)
    with pytest.raises(InvalidTokenError):
        validate(token, issuer)
