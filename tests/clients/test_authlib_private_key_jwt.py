"""Authlib's own private_key_jwt."""

import time

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from oauth_m2m.keys.jwk import private_pem
from oauth_m2m.models import AuditEvent
from tests.assertions import Signer, register_signer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signer(register) -> Signer:
    return register_signer(register, "RS256")


def session(signer: Signer, token_url: str, **options: object) -> OAuth2Session:
    oauth = OAuth2Session(
        signer.client_id,
        private_pem(signer.key).decode(),
        token_endpoint_auth_method="private_key_jwt",
    )
    oauth.register_client_auth_method(PrivateKeyJWT(token_url, **options))
    return oauth


@pytest.mark.parametrize("headers", [{}, {"kid": "of the client"}], ids=["no kid", "kid"])
def test_client_gets_a_token_and_uses_it(issuer, live_server, signer, headers):
    token_url = f"{live_server}/oauth/token"
    # Its assertions live an hour unless told otherwise; five minutes are the most we take.
    claims = {"exp": int(time.time()) + 60}
    with session(signer, token_url, headers=headers, claims=claims) as oauth:
        token = oauth.fetch_token(token_url, grant_type="client_credentials")
        assert (token["token_type"], token["scope"]) == ("Bearer", "orders:read")
        assert oauth.get(f"{live_server}/api/orders/").status_code == 200


def test_assertion_of_an_hour_is_refused(issuer, live_server, signer):
    token_url = f"{live_server}/oauth/token"
    with session(signer, token_url) as oauth, pytest.raises(OAuthError) as caught:
        oauth.fetch_token(token_url, grant_type="client_credentials")
    assert caught.value.error == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "assertion_too_long_lived"
