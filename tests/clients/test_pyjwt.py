"""PyJWT's PyJWKClient: an API in Python that fetches our keys."""

import jwt
import pytest
import requests

from tests.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["ES256", "EdDSA", "RS256", "PS256"])
def algorithm(request, settings) -> str:
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "SIGNING_ALGORITHM": request.param,
        "TOKEN_FORMAT": "jwt",
        "DEFAULT_AUDIENCE": "https://api.example.com",
    }
    return request.param


@pytest.fixture
def get_real_token(algorithm: str, issuer: str, registered: Registered):
    """Return a token that was got over the wire."""

    def get_real_token() -> str:
        fields = {"grant_type": "client_credentials", **registered.credentials}
        answer = requests.post(f"{issuer}/oauth/token", fields, timeout=20)
        return answer.json()["access_token"]

    return get_real_token


def test_key_is_found_by_its_id_and_verifies_the_token(
    get_real_token, algorithm, issuer, registered
):
    token = get_real_token()
    document = f"{issuer}/.well-known/oauth-authorization-server"
    jwks_uri = requests.get(document, timeout=20).json()["jwks_uri"]
    key = jwt.PyJWKClient(jwks_uri).get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        audience="https://api.example.com",
        issuer=issuer,
        options={"require": ["exp", "iat", "sub", "jti"]},
    )
    assert (claims["client_id"], claims["scope"]) == (registered.client_id, "orders:read")


def test_changed_token_is_refused(get_real_token, issuer, algorithm):
    header, claims, _ = get_real_token().split(".")
    changed = ".".join([header, claims, get_real_token().split(".")[2]])
    key = jwt.PyJWKClient(f"{issuer}/oauth/jwks.json").get_signing_key_from_jwt(changed)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(changed, key, algorithms=[algorithm], audience="https://api.example.com")
