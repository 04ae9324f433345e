"""The challenge for each error, letter by letter."""

import pytest

from oauth_m2m.errors import InsufficientScope, InvalidToken, MalformedBearer, OAuthError, Reason
from oauth_m2m.resource_server.challenge import challenge_for


@pytest.mark.parametrize(
    "error, challenge",
    [
        pytest.param(None, 'Bearer realm="api"', id="no token"),
        pytest.param(
            MalformedBearer(Reason.MALFORMED_BEARER),
            'Bearer realm="api", error="invalid_request",'
            ' error_description="The Authorization header is malformed."',
            id="malformed header",
        ),
        pytest.param(
            InvalidToken(Reason.TOKEN_REVOKED, client_id="billing"),
            'Bearer realm="api", error="invalid_token",'
            ' error_description="The access token is not valid."',
            id="bad token, whatever the reason",
        ),
        pytest.param(
            InsufficientScope(["orders:read", "orders:write"]),
            'Bearer realm="api", error="insufficient_scope",'
            ' error_description="The access token needs the scope orders:read orders:write.",'
            ' scope="orders:read orders:write"',
            id="missing scope",
        ),
    ],
)
def test_challenge_for(error: OAuthError | None, challenge: str):
    assert challenge_for(error) == challenge
