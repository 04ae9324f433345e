"""The orders API, called with tokens that anyone may have made."""

import logging
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client as HttpClient

from tests.error_ids import challenge_of
from tests.jose import CLIENT_ID
from tests.lane_client import lane_client

LOGGER = "oauth_m2m.resource_server"
CHALLENGE = (
    'Bearer realm="api", resource_metadata='
    '"https://auth.example.com/.well-known/oauth-protected-resource", error="{}",'
    ' error_description="{}"'
)


@pytest.fixture(params=["by the project's handler", "in the fast lane"])
def http(request: pytest.FixtureRequest) -> HttpClient:
    """A client of the wire, as in all tests; the endpoints answer the same in both ways."""
    if request.param == "in the fast lane":
        return lane_client()
    return HttpClient(raise_request_exception=False)


@dataclass
class OrdersApi:
    """``GET /api/orders/``, as whoever holds a token sees it, and the log that its owner reads."""

    http: HttpClient
    log: pytest.LogCaptureFixture

    def call(self, token: str) -> HttpResponse:
        return self.http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})

    def assert_accepted(self, token: str) -> None:
        response = self.call(token)
        assert response.status_code == 200, response.content

    def assert_refused(self, token: str, reason: str, client_id: str = "-") -> None:
        """Hold both channels: the constant answer, and the private reason in the log."""
        self.log.set_level(logging.INFO, LOGGER)
        self.log.clear()
        description = "The access token is not valid."
        self._assert_answer(self.call(token), 401, "invalid_token", description)
        logged = [record.getMessage() for record in self.log.records if record.name == LOGGER]
        assert logged == [f"token refused: client={client_id} reason={reason}"]

    def assert_malformed(self, token: str) -> None:
        description = "The Authorization header is malformed."
        self._assert_answer(self.call(token), 400, "invalid_request", description)

    def _assert_answer(
        self, response: HttpResponse, status: int, error: str, description: str
    ) -> None:
        assert response.status_code == status, response.content
        assert response.json() == {"detail": description}
        assert challenge_of(response) == CHALLENGE.format(error, description)


@pytest.fixture
def orders_api(register, http: HttpClient, caplog: pytest.LogCaptureFixture) -> OrdersApi:
    """Return the API; the client that good claims name exists."""
    register("orders:read", client_id=CLIENT_ID)
    return OrdersApi(http, caplog)
