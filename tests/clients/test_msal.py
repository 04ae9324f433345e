"""
MSAL for Python, with a certificate.

It will not begin without an ``authorization_endpoint`` in openid-configuration. We have none
and advertise none, so the connection that it is given here adds one to what our server says.
"""

import json
from datetime import timedelta
from typing import Any

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.utils import timezone

from oauth_m2m.keys.jwk import private_pem
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AuditEvent
from oauth_m2m.operations.client_keys import add_client_keys
from tests.assertions import ACTOR
from tests.certificates import Holder
from tests.jose import parts, private_key

pytestmark = pytest.mark.django_db(transaction=True)

HOST = "https://auth.example.com"
TENANT = f"{HOST}/tenant"


class Connection:
    """Reaches the live server under the https address that MSAL insists on."""

    def __init__(self, live_server: str) -> None:
        self._live_server = live_server
        self.assertion = b""

    def get(self, url: str, **_options: Any) -> requests.Response:
        response = requests.get(url.replace(HOST, self._live_server), timeout=10)
        document = {**response.json(), "authorization_endpoint": f"{TENANT}/nowhere"}
        response._content = json.dumps(document).encode()
        return response

    def post(
        self, url: str, data: dict[str, Any], headers: dict[str, str], **_options: Any
    ) -> requests.Response:
        self.assertion = data["client_assertion"]
        address = url.replace(HOST, self._live_server)
        return requests.post(address, data=data, headers=headers, timeout=10)


@pytest.fixture
def holder() -> Holder:
    key, now = private_key("RS256"), timezone.now()
    name = x509.Name.from_rfc4514_string("CN=orders")
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
    )
    return Holder(builder.sign(key, hashes.SHA256()), key)


def test_assertion_of_a_certificate_is_refused_for_its_ten_minutes_alone(
    live_server, register, settings, holder
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": TENANT}
    client = register("orders:read", auth_methods=["private_key_jwt"])
    add_client_keys(client.client, read_pasted_keys(holder.pem), actor=ACTOR)
    connection = Connection(str(live_server))
    application = msal.ConfidentialClientApplication(
        client.client_id,
        oidc_authority=TENANT,
        client_credential={
            "private_key": private_pem(holder.key).decode(),
            "public_certificate": holder.pem,
        },
        http_client=connection,
    )
    # Its assertions live ten minutes, and no option changes that; we take five at most.
    assert application.acquire_token_for_client(["orders:read"])["error"] == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "assertion_too_long_lived"
    header, claims = parts(connection.assertion.decode())
    assert header["x5t#S256"].rstrip("=") == holder.thumbprint
    assert (header["alg"], claims["aud"]) == ("PS256", f"{HOST}/oauth/token")
