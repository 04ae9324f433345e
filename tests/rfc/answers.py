"""What every refusal of the token endpoint looks like, header by header."""

from django.http import HttpResponse

from oauth_m2m.models import AuditEvent
from tests.error_ids import body_of

CHALLENGE = 'Basic realm="oauth", charset="UTF-8"'


def assert_refused(
    response: HttpResponse, status: int, error: str, description: str, *, reason: str
) -> AuditEvent:
    """Hold both channels: the caller's constant answer, and the private reason in the audit."""
    assert response.status_code == status, response.content
    assert body_of(response) == {"error": error, "error_description": description}
    _assert_headers(response)
    event = AuditEvent.objects.get(kind="token.refused")
    assert (event.reason, event.detail) == (reason, {"error": error})
    assert event.error_id == response.json()["error_id"]
    return event


def assert_unauthenticated(
    response: HttpResponse, *, reason: str, description: str = "Client authentication failed."
) -> AuditEvent:
    return assert_refused(response, 401, "invalid_client", description, reason=reason)


def assert_invalid_request(
    response: HttpResponse, description: str, *, reason: str, status: int = 400
) -> AuditEvent:
    return assert_refused(response, status, "invalid_request", description, reason=reason)


def assert_no_token_was_issued(response: HttpResponse) -> None:
    assert response.status_code in {400, 401, 413}, response.content
    assert set(body_of(response)) == {"error", "error_description"}
    _assert_headers(response)


def _assert_headers(response: HttpResponse) -> None:
    expected = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
    }
    if response.status_code == 401:
        expected["WWW-Authenticate"] = CHALLENGE
    if response.status_code == 405:
        expected["Allow"] = "POST"
    mine = {*expected, "WWW-Authenticate", "Allow", "Retry-After", "Set-Cookie"}
    sent = {name: value for name, value in response.headers.items() if name in mine}
    assert sent == expected
    assert not response.cookies
