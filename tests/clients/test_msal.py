"""
MSAL for Python, with a certificate, as docs/guides/private-key-jwt.md has it.

It wants an https issuer with a path, so gunicorn serves the example project as one, over TLS.
"""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone

from oauth_m2m.models import AuditEvent, Client, ClientScope, Scope, SeenAssertion
from tests.clients.keyed_reader import make_keys, register_client
from tests.connections import database_for_others, needs_other_processes
from tests.guides import blocks, changed
from tests.host.gunicorn import running_gunicorn, with_settings

pytestmark = [pytest.mark.django_db(transaction=True), needs_other_processes]


@pytest.fixture
def lifetime() -> dict[str, int]:
    """Take assertions that live as long as MSAL's."""
    return {"ASSERTION_MAX_LIFETIME": 600}


@pytest.fixture
def mounted_at() -> str:
    """Where the project is, on the issuer's host."""
    return "/tenant"


@pytest.fixture
def tenant(
    transactional_db, server_certificate: Path, lifetime: dict[str, int], mounted_at: str
) -> Iterator[str]:
    """Serve an issuer with a path; return its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://localhost:{listener.getsockname()[1]}/tenant"
        environment = {
            "SCRIPT_NAME": mounted_at,
            **database_for_others(),
            **with_settings(OAUTH_M2M={"ISSUER": url, **lifetime}),
        }
        with running_gunicorn(listener, environment, "--certfile", str(server_certificate)):
            yield url


@pytest.fixture
def run_guide(tenant: str, reader_of_keys, server_certificate: Path, monkeypatch):
    """Run the guide's program, in an environment that trusts us, up to where it asks, or on."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server_certificate))
    make_keys(1)
    register_client(1)
    snippet = changed(blocks("private-key-jwt", "python")[1], {"https://example.com/auth": tenant})
    start, _, ask = snippet.partition("answer = ")

    def run_guide(*, asks: bool = True) -> dict[str, Any]:
        ran: dict[str, Any] = {}
        exec(f"{start}answer = {ask}" if asks else start, ran)  # noqa: S102 - our own page
        return ran

    return run_guide


@pytest.mark.parametrize("mounted_at", ["/tenant", ""], ids=["at its path", "at the root"])
def test_program_of_the_guide_gets_a_token_that_the_api_takes(run_guide, tenant, mounted_at):
    answer = run_guide()["answer"]
    assert {name: answer[name] for name in ("token_type", "expires_in", "token_source")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "token_source": "identity_provider",
    }
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    orders_url = f"{tenant.removesuffix('/tenant')}{mounted_at}/api/orders/"
    orders = requests.get(orders_url, headers=headers, timeout=60)
    assert (orders.status_code, orders.json()) == (200, [])
    # Ten minutes and the leeway: for as long as it could be presented again.
    ends_at = SeenAssertion.objects.get().expires_at
    assert timedelta(minutes=9) < ends_at - timezone.now() < timedelta(minutes=11)


def test_application_signs_once_in_nine_minutes_so_other_scopes_need_another(run_guide):
    client, scope = Client.objects.get(), Scope.objects.create(name="orders:write")
    ClientScope.objects.create(client=client, scope=scope, is_default=False)
    application = run_guide()["application"]
    assert application.acquire_token_for_client(["orders:read"])["token_source"] == "cache"
    assert application.acquire_token_for_client(["orders:write"])["error"] == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "replayed"
    another = run_guide(asks=False)["application"]
    assert "access_token" in another.acquire_token_for_client(["orders:write"])


@pytest.mark.parametrize("lifetime", [{}], ids=["default"])
def test_without_the_setting_its_ten_minutes_are_too_long(run_guide):
    application = run_guide(asks=False)["application"]
    answer = application.acquire_token_for_client(["orders:read"])
    assert answer["error"] == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "assertion_too_long_lived"
    assert not SeenAssertion.objects.exists()
