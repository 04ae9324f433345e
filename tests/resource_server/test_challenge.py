"""The challenge for each error, letter by letter."""

import pytest

from oauth_m2m.errors import (
    InsufficientScope,
    InvalidDPoPProof,
    InvalidToken,
    MalformedBearer,
    MethodNotAllowed,
    OAuthError,
    Reason,
    TemporarilyUnavailable,
    UseDPoPNonce,
)
from oauth_m2m.resource_server.challenge import challenge_for, refusal_headers, status_of
from tests.challenges import ALGORITHMS, BEARER, DPOP


@pytest.mark.parametrize(
    "error, challenge",
    [
        pytest.param(None, BEARER, id="no token"),
        pytest.param(
            MalformedBearer(Reason.MALFORMED_BEARER),
            f'{BEARER}, error="invalid_request",'
            ' error_description="The Authorization header is malformed."',
            id="malformed header",
        ),
        pytest.param(
            InvalidToken(Reason.TOKEN_REVOKED, client_id="billing"),
            f'{BEARER}, error="invalid_token", error_description="The access token is not valid."',
            id="bad token, whatever the reason",
        ),
        pytest.param(
            InsufficientScope(["orders:read", "orders:write"]),
            f'{BEARER}, error="insufficient_scope",'
            ' error_description="The access token needs the scope orders:read orders:write.",'
            ' scope="orders:read orders:write"',
            id="missing scope",
        ),
        pytest.param(
            InsufficientScope(["orders:read"], is_dpop=True),
            f'{DPOP}, error="insufficient_scope",'
            ' error_description="The access token needs the scope orders:read.",'
            f' scope="orders:read", {ALGORITHMS}',
            id="missing scope of a bound token",
        ),
        pytest.param(
            InvalidDPoPProof(Reason.REPLAYED),
            f'{DPOP}, error="invalid_dpop_proof",'
            f' error_description="The DPoP proof is not valid.", {ALGORITHMS}',
            id="bad proof, whatever the reason",
        ),
        pytest.param(
            UseDPoPNonce(Reason.PROOF_WITHOUT_NONCE, nonce="abc"),
            f'{DPOP}, error="use_dpop_nonce",'
            ' error_description="The DPoP proof must carry the nonce of this answer.",'
            f" {ALGORITHMS}",
            id="proof without a nonce",
        ),
    ],
)
def test_challenge_for(error: OAuthError | None, challenge: str):
    assert challenge_for(error) == challenge


def test_without_an_issuer_the_challenge_names_no_metadata(settings):
    settings.OAUTH_M2M = {}
    assert challenge_for(None) == 'Bearer realm="api"'


@pytest.mark.parametrize(
    "error, status",
    [
        pytest.param(MalformedBearer(Reason.MALFORMED_BEARER), 400, id="malformed header"),
        pytest.param(InvalidToken(Reason.TOKEN_REVOKED), 401, id="bad token"),
        pytest.param(InvalidDPoPProof(Reason.REPLAYED), 401, id="bad proof"),
        pytest.param(UseDPoPNonce(Reason.PROOF_WITHOUT_NONCE, nonce="abc"), 401, id="no nonce"),
        pytest.param(InsufficientScope(["orders:read"]), 403, id="missing scope"),
    ],
)
def test_status_of(error: OAuthError, status: int):
    assert status_of(error) == status


@pytest.mark.parametrize(
    "error, headers",
    [
        pytest.param(None, {"WWW-Authenticate": BEARER}, id="no token"),
        pytest.param(TemporarilyUnavailable(Reason.DATABASE_AWAY), {"Retry-After": "5"}, id="away"),
        pytest.param(MethodNotAllowed(Reason.METHOD_WITHOUT_SCOPES), {}, id="no token would help"),
        pytest.param(
            UseDPoPNonce(Reason.PROOF_WITHOUT_NONCE, nonce="abc"),
            {
                "WWW-Authenticate": f'{DPOP}, error="use_dpop_nonce",'
                ' error_description="The DPoP proof must carry the nonce of this answer.",'
                f" {ALGORITHMS}",
                "DPoP-Nonce": "abc",
            },
            id="no nonce",
        ),
    ],
)
def test_headers_of_a_refusal(error: OAuthError | None, headers: dict[str, str]):
    assert refusal_headers(error) == {"Cache-Control": "no-store", **headers}
