"""httpx without an OAuth library: the two requests that a program has to make."""

import httpx
import pytest

from tests.challenges import BEARER
from tests.clients.conftest import ORDER, Service
from tests.error_ids import challenge_of

pytestmark = pytest.mark.django_db(transaction=True)

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def client():
    with httpx.Client(trust_env=False) as client:
        yield client


def in_header(service: Service) -> dict:
    return {"data": GRANT, "auth": (service.client.client_id, service.client.secret)}


def in_body(service: Service) -> dict:
    return {"data": {**GRANT, **service.client.credentials}}


methods = pytest.mark.parametrize("credentials", [in_header, in_body])


@methods
def test_default_scope_reads_orders(credentials, service: Service, client: httpx.Client):
    answer = client.post(service.token_url, **credentials(service))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json() == {
        "access_token": answer.json()["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "orders:read",
    }
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    response = client.get(service.orders_url, headers=bearer)
    assert (response.status_code, response.json()) == (200, [])
    assert client.post(service.orders_url, headers=bearer, json=ORDER).status_code == 403


@methods
def test_optional_scope_places_an_order(credentials, service: Service, client: httpx.Client):
    asked = credentials(service)
    asked["data"] = {**asked["data"], "scope": "orders:write"}
    token = client.post(service.token_url, **asked).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    response = client.post(service.orders_url, headers=bearer, json=ORDER)
    assert response.status_code == 201
    service.assert_placed(response.json())


def test_each_request_gets_a_token_of_its_own(service: Service, client: httpx.Client):
    first = client.post(service.token_url, **in_header(service))
    second = client.post(service.token_url, **in_body(service))
    assert first.json()["access_token"] != second.json()["access_token"]


def test_no_token_is_challenged(service: Service, client: httpx.Client):
    response = client.get(service.orders_url)
    assert response.status_code == 401
    assert challenge_of(response) == BEARER
