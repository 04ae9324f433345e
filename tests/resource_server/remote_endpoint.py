"""Another server with an introspection endpoint, as this project lists it."""

import json
from typing import Any

import pytest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.resource_server.remote_introspection import Answers, _Answer, answers_of
from tests.jose import good_claims
from tests.key_server import KeyServer, running_key_server

REMOTE = "https://login.example.com"
AUDIENCE = "https://api.example.com"
TOKEN = "their_9Yh2"
SECRET = "p/a:s s%wörd"


@pytest.fixture
def server():
    with running_key_server() as server:
        server.headers = {"Content-Type": "application/json"}
        says(server, **active())
        yield server


def active(**changes: Any) -> dict[str, Any]:
    """Return an answer with everything that we read; None takes a member away."""
    return good_claims(**{"iss": REMOTE, "aud": AUDIENCE, "active": True, **changes})


def says(server: KeyServer, **members: Any) -> None:
    server.body = json.dumps(members).encode()


def entry(server: KeyServer, **changes: Any) -> dict[str, Any]:
    return {
        "introspection_url": server.url,
        "audience": AUDIENCE,
        "client_id": "orders-api",
        "client_secret": SECRET,
        "token_prefix": "their_",
        # Longer than any machine takes between two lines of a test.
        "cache_seconds": 600,
        **changes,
    }


@pytest.fixture
def listed(settings, server: KeyServer):
    """List the issuer, with changes of its entry."""

    def listed(**changes: Any) -> None:
        merged = entry(server, **changes)
        kept = {name: value for name, value in merged.items() if value is not None}
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REMOTE_ISSUERS": {REMOTE: kept}}

    listed()
    return listed


@pytest.fixture
def call(http, db, listed):
    """Call the orders API of this project."""

    def call(token: str = TOKEN):
        return http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})

    return call


def answers() -> Answers:
    """Return what this process knows from the endpoint."""
    endpoint = m2m_settings.REMOTE_ISSUERS[REMOTE].introspection
    assert endpoint is not None
    return answers_of(endpoint)


def past(seconds: float) -> None:
    """Let the answers that are kept grow older."""
    memory = answers()
    for kept in (memory._active, memory._inactive):
        for digest, answer in kept.items():
            older = _Answer(answer.claims, answer.kept_until - seconds)
            kept[digest] = older


def assert_unavailable(response) -> None:
    description = "The server is temporarily unable to answer. Try again."
    assert response.status_code == 503
    assert response.json() == {"detail": description}
    assert response.headers["Retry-After"] == "5"
