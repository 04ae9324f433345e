"""Our refusals as DRF exceptions: what DRF assigns to them does not stick."""

import pytest
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.views import exception_handler

from oauth_m2m.errors import (
    InsufficientScope,
    InvalidToken,
    MalformedBearer,
    OAuthError,
    Reason,
    TemporarilyUnavailable,
)
from oauth_m2m.resource_server.challenge import challenge_for
from oauth_m2m.rest_framework.errors import MissingScope, ServiceUnavailable, TokenRefused


@pytest.mark.parametrize(
    "error, status",
    [
        pytest.param(InvalidToken(Reason.UNKNOWN_TOKEN), 401, id="bad token"),
        pytest.param(MalformedBearer(Reason.MALFORMED_BEARER), 400, id="malformed header"),
    ],
)
def test_refused_token_keeps_its_status_and_challenge(error: OAuthError, status: int):
    refused = TokenRefused(error)
    # What APIView does when the view's first authenticator has another challenge, or none.
    refused.auth_header = 'Basic realm="api"'
    refused.status_code = 403
    assert isinstance(refused, AuthenticationFailed)
    response = exception_handler(refused, {})
    assert response.status_code == status
    assert response.data == {"detail": error.description}
    assert dict(response.headers)["WWW-Authenticate"] == challenge_for(error)
    assert refused.get_codes() == error.error


def test_missing_scope_names_the_scope():
    error = InsufficientScope(["orders:read"], client_id="billing")
    missing = MissingScope(error)
    assert isinstance(missing, PermissionDenied)
    response = exception_handler(missing, {})
    assert response.status_code == 403
    assert response.data == {"detail": "The access token needs the scope orders:read."}
    assert response["WWW-Authenticate"] == challenge_for(error)
    assert missing.get_codes() == "insufficient_scope"


def test_unavailable_service_says_when_to_come_back():
    unavailable = ServiceUnavailable(TemporarilyUnavailable(Reason.DATABASE_AWAY))
    response = exception_handler(unavailable, {})
    assert response.status_code == 503
    assert response.data == {"detail": "The server is temporarily unable to answer. Try again."}
    assert response["Retry-After"] == "5"
    assert not response.has_header("WWW-Authenticate")
    assert unavailable.get_codes() == "temporarily_unavailable"
