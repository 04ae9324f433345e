"""Calls of the endpoints beside the token endpoint, and what each of their answers looks like."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.models import AuditEvent, ResourceServer, Scope
from oauth_m2m.tokens import signed_jwt
from oauth_m2m.values import Grant
from tests.conftest import FORM, Registered
from tests.error_ids import body_of

INTROSPECTION = "/oauth/introspect"
REVOCATION = "/oauth/revoke"
API = "https://api.example.com"

CHALLENGE = 'Basic realm="oauth", charset="UTF-8"'


def basic(registered: Registered) -> dict[str, str]:
    """Return the header of ``client_secret_basic``."""
    pair = f"{registered.client_id}:{registered.secret}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def ask(
    http: HttpClient, path: str, asking: Registered, fields: dict[str, str], **headers: str
) -> HttpResponse:
    """POST *fields* as the client *asking*."""
    headers = {**basic(asking), **headers}
    return http.post(path, urlencode(fields), content_type=FORM, headers=headers)


def belong_to(identifier: str, scopes: Sequence[str], *apis: Registered) -> ResourceServer:
    """Make *scopes* those of the API *identifier*, whose own clients are *apis*."""
    server, _ = ResourceServer.objects.get_or_create(identifier=identifier, name="An API")
    server.introspecting_clients.set(api.client for api in apis)
    Scope.objects.filter(name__in=scopes).update(resource_server=server)
    return server


def signed_long_ago(registered: Registered, *, hours: int) -> str:
    """Return a signed token that *registered* got *hours* ago, for one hour."""
    grant = Grant(
        client_pk=registered.client.pk,
        client_id=registered.client_id,
        secret_pk=None,
        key_pk=None,
        scopes=("orders:read",),
        audience=(API,),
        token_format="jwt",
        lifetime=timedelta(hours=1),
    )
    return signed_jwt.issue(grant, timezone.now() - timedelta(hours=hours))


def assert_no_store(response: HttpResponse) -> None:
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    assert not response.cookies


def assert_answered(response: HttpResponse, body: object) -> None:
    assert response.status_code == 200, response.content
    assert response.json() == body
    assert response.headers["Content-Type"] == "application/json"
    assert_no_store(response)


def assert_refused(
    response: HttpResponse, status: int, error: str, description: str, *, kind: str, reason: str
) -> AuditEvent:
    """Hold the caller's answer, and the private reason in the audit trail."""
    assert response.status_code == status, response.content
    assert body_of(response) == {"error": error, "error_description": description}
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers.get("WWW-Authenticate") == (CHALLENGE if status == 401 else None)
    assert response.headers.get("Allow") == ("POST" if status == 405 else None)
    assert_no_store(response)
    event = AuditEvent.objects.get(kind=kind)
    assert (event.reason, event.detail) == (reason, {"error": error})
    assert event.error_id == response.json()["error_id"]
    return event


@dataclass(frozen=True)
class Malformed:
    """A request of a registered client that is refused for its form."""

    description: str
    reason: str
    body: str = "token=abc"
    query: str = ""
    method: str = "POST"
    content_type: str = FORM
    status: int = 400

    def send(self, http: HttpClient, path: str, asking: Registered) -> HttpResponse:
        return http.generic(
            self.method,
            path + self.query,
            self.body,
            content_type=self.content_type,
            headers=basic(asking),
        )


MALFORMED = [
    pytest.param(Malformed("Use POST.", "method_not_allowed", method=method, status=405), id=method)
    for method in ("GET", "PUT", "DELETE", "OPTIONS")
] + [
    pytest.param(
        Malformed("The parameter token is missing.", "missing_token", body="a=b"), id="no token"
    ),
    pytest.param(
        Malformed("The parameter token is missing.", "missing_token", body="token="),
        id="empty token",
    ),
    pytest.param(
        Malformed(
            "A parameter is included more than once.",
            "repeated_parameter",
            body="token=abc&token=abc",
        ),
        id="token twice",
    ),
    pytest.param(
        Malformed(
            "A parameter is included more than once.",
            "repeated_parameter",
            body="token=abc&token_type_hint=a&token_type_hint=b",
        ),
        id="hint twice",
    ),
    pytest.param(
        Malformed(
            "Send the parameters in the body, not in the URL.",
            "parameters_in_url",
            body="",
            query="?token=abc",
        ),
        id="token in the URL",
    ),
    pytest.param(
        Malformed(
            "Send the parameters as application/x-www-form-urlencoded.",
            "wrong_content_type",
            body='{"token": "abc"}',
            content_type="application/json",
        ),
        id="JSON",
    ),
    pytest.param(
        Malformed("A parameter contains a control character.", "control_character", "token=a%00"),
        id="NUL in the token",
    ),
    pytest.param(
        Malformed("The body is not valid form-encoded UTF-8.", "malformed_body", "token=%ff"),
        id="bytes that are not UTF-8",
    ),
    pytest.param(
        Malformed("The body is too large.", "body_too_large", "token=" + "a" * 16_384, status=413),
        id="huge token",
    ),
]
