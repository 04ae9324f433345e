"""Authlib, over requests and over httpx."""

import warnings

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from tests.clients.conftest import ORDER, Service

with warnings.catch_warnings():
    # Authlib warns at import that it would rather have httpx2; httpx is what people have.
    warnings.filterwarnings("ignore", "The httpx module is deprecated")
    from authlib.integrations.httpx_client import OAuth2Client

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("kind", [OAuth2Session, OAuth2Client]),
]

methods = pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])


@methods
def test_default_scope_reads_orders(kind: type, method: str, service: Service):
    with kind(**service.client.credentials, token_endpoint_auth_method=method) as oauth:
        token = oauth.fetch_token(service.token_url, grant_type="client_credentials")
        assert (token["token_type"], token["scope"]) == ("Bearer", "orders:read")
        response = oauth.get(service.orders_url)
        assert (response.status_code, response.json()) == (200, [])
        assert oauth.post(service.orders_url, json=ORDER).status_code == 403


@methods
def test_optional_scope_places_an_order(kind: type, method: str, service: Service):
    credentials = {**service.client.credentials, "scope": "orders:read orders:write"}
    with kind(**credentials, token_endpoint_auth_method=method) as oauth:
        oauth.fetch_token(service.token_url, grant_type="client_credentials")
        response = oauth.post(service.orders_url, json=ORDER)
        assert response.status_code == 201
        service.assert_placed(response.json())


def test_wrong_secret_is_an_error_that_the_library_knows(kind: type, service: Service):
    with (
        kind(service.client.client_id, "guess") as oauth,
        pytest.raises(OAuthError) as caught,
    ):
        oauth.fetch_token(service.token_url, grant_type="client_credentials")
    assert (caught.value.error, caught.value.description) == (
        "invalid_client",
        "Client authentication failed.",
    )
