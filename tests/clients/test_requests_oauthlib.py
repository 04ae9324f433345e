"""requests-oauthlib, which most Python programs use."""

import pytest
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.clients.conftest import ORDER, Service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _plain_http_is_fine_on_loopback(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def in_header(service: Service) -> dict:
    return {"auth": HTTPBasicAuth(service.client.client_id, service.client.secret)}


def in_body(service: Service) -> dict:
    return {"client_secret": service.client.secret, "include_client_id": True}


def in_both(service: Service) -> dict:
    # The id in the body too: several clients send it, and the RFC does not mind.
    return {**in_header(service), "include_client_id": True}


@pytest.fixture
def session(service: Service):
    """Open a session that asks for *scope*."""
    opened = []

    def session(scope: list[str] | None = None) -> OAuth2Session:
        client = BackendApplicationClient(service.client.client_id, scope=scope)
        opened.append(OAuth2Session(client=client))
        return opened[-1]

    yield session
    for each in opened:
        each.close()


methods = pytest.mark.parametrize("credentials", [in_header, in_body, in_both])


@methods
def test_default_scope_reads_orders(credentials, service: Service, session):
    oauth = session()
    token = oauth.fetch_token(service.token_url, **credentials(service))
    assert (token["token_type"], token["scope"]) == ("Bearer", ["orders:read"])
    response = oauth.get(service.orders_url)
    assert (response.status_code, response.json()) == (200, [])
    assert oauth.post(service.orders_url, json=ORDER).status_code == 403


@methods
def test_optional_scope_places_an_order(credentials, service: Service, session):
    oauth = session(["orders:read", "orders:write"])
    oauth.fetch_token(service.token_url, **credentials(service))
    response = oauth.post(service.orders_url, json=ORDER)
    assert response.status_code == 201
    service.assert_placed(response.json())


def test_wrong_secret_is_an_error_that_the_library_knows(service: Service, session):
    wrong = HTTPBasicAuth(service.client.client_id, "guess")
    with pytest.raises(InvalidClientError) as caught:
        session().fetch_token(service.token_url, auth=wrong)
    assert caught.value.description == "Client authentication failed."
