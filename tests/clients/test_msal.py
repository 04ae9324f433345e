"""
MSAL for Python, with a certificate.

It wants an https issuer with a path, so gunicorn serves the example project under one, over TLS.
"""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.utils import timezone

from oauth_m2m.keys.jwk import private_pem
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AuditEvent, SeenAssertion
from oauth_m2m.operations.client_keys import add_client_keys
from tests.assertions import ACTOR
from tests.certificates import Holder
from tests.conftest import Registered
from tests.connections import database_for_others, needs_other_processes
from tests.host.gunicorn import running_gunicorn, with_settings
from tests.jose import private_key

pytestmark = [pytest.mark.django_db(transaction=True), needs_other_processes]


@pytest.fixture
def lifetime() -> dict[str, int]:
    """Take assertions that live as long as MSAL's."""
    return {"ASSERTION_MAX_LIFETIME": 600}


@pytest.fixture
def tenant(transactional_db, server_certificate: Path, lifetime: dict[str, int]) -> Iterator[str]:
    """Serve an issuer with a path; return its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://localhost:{listener.getsockname()[1]}/tenant"
        environment = {
            "SCRIPT_NAME": "/tenant",
            **database_for_others(),
            **with_settings(OAUTH_M2M={"ISSUER": url, **lifetime}),
        }
        with running_gunicorn(listener, environment, "--certfile", str(server_certificate)):
            yield url


@pytest.fixture
def holder() -> Holder:
    key, now = private_key("RS256"), timezone.now()
    name = x509.Name.from_rfc4514_string("CN=orders")
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
    )
    return Holder(builder.sign(key, hashes.SHA256()), key)


@pytest.fixture
def client(register, holder: Holder) -> Registered:
    client = register("orders:read", optional=["orders:write"], auth_methods=["private_key_jwt"])
    add_client_keys(client.client, read_pasted_keys(holder.pem), actor=ACTOR)
    return client


@pytest.fixture
def application(
    tenant: str,
    client: Registered,
    holder: Holder,
    server_certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Make an application as MSAL's own documentation does, in an environment that trusts us."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server_certificate))

    def application() -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            client.client_id,
            oidc_authority=tenant,
            client_credential={
                "private_key": private_pem(holder.key).decode(),
                "public_certificate": holder.pem,
            },
        )

    return application


def test_certificate_gets_a_token_that_the_api_takes(application, tenant):
    answer = application().acquire_token_for_client(["orders:read"])
    token = answer.pop("access_token")
    assert {name: answer[name] for name in ("token_type", "expires_in", "token_source")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "token_source": "identity_provider",
    }
    headers = {"Authorization": f"Bearer {token}"}
    orders = requests.get(f"{tenant}/api/orders/", headers=headers, timeout=60)
    assert (orders.status_code, orders.json()) == (200, [])
    # Ten minutes and the leeway: for as long as it could be presented again.
    ends_at = SeenAssertion.objects.get().expires_at
    assert timedelta(minutes=9) < ends_at - timezone.now() < timedelta(minutes=11)


def test_application_signs_once_in_nine_minutes_so_each_set_of_scopes_has_its_own(application):
    one = application()
    assert "access_token" in one.acquire_token_for_client(["orders:read"])
    # The first token comes out of its cache; for others it presents the same assertion again.
    assert one.acquire_token_for_client(["orders:read"])["token_source"] == "cache"
    assert one.acquire_token_for_client(["orders:write"])["error"] == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "replayed"
    assert "access_token" in application().acquire_token_for_client(["orders:write"])


@pytest.mark.parametrize("lifetime", [{}], ids=["default"])
def test_without_the_setting_its_ten_minutes_are_too_long(application):
    answer = application().acquire_token_for_client(["orders:read"])
    assert answer["error"] == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "assertion_too_long_lived"
    assert not SeenAssertion.objects.exists()
