"""openid-client, the client that most of node's programs use."""

import time

import pytest

from oauth_m2m.models import AuditEvent, Client
from tests.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(node, issuer: str, live_server, registered: Registered):
    """Let the library live through one token, and return what it saw."""

    def live(**arguments):
        return node(
            "openid_client.mjs",
            **{
                "issuer": issuer,
                "api_url": f"{live_server}/api/orders/",
                "method": "client_secret_basic",
                "algorithm": "oauth2",
                "scope": "orders:read",
                "metadata": {},
                **registered.credentials,
                **arguments,
            },
        )

    return live


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_token_is_got_used_introspected_and_revoked(live, issuer, registered, method, token_format):
    Client.objects.update(token_format=token_format)
    seen = live(method=method)
    assert seen["answer"] == {"token_type": "bearer", "expires_in": 3600, "scope": "orders:read"}
    assert seen["with_token"] == 200
    introspected = seen["introspected"]
    jti, audience = introspected.pop("jti", None), introspected.pop("aud", None)
    assert (jti is None, audience) == (
        (True, None) if token_format == "opaque" else (False, issuer)
    )
    assert introspected.pop("exp") - introspected["iat"] == 3600
    assert abs(introspected.pop("iat") - time.time()) < 60
    assert introspected == {
        "active": True,
        "token_type": "Bearer",
        "scope": "orders:read",
        "client_id": registered.client_id,
        "sub": registered.client_id,
        "iss": issuer,
    }
    assert seen["after_revocation"] == {"active": False}
    [challenge] = seen["with_revoked_token"]["challenges"]
    assert challenge.pop("error_id")
    assert seen["with_revoked_token"] == {
        "status": 401,
        "challenges": [
            {
                "scheme": "bearer",
                "realm": "api",
                "resource_metadata": f"{issuer}/.well-known/oauth-protected-resource",
                "error": "invalid_token",
                "error_description": "The access token is not valid.",
            }
        ],
    }
    # The library takes the challenge that RFC 6749 requires for the answer.
    assert seen["guessed_secret"] == {"status": 401, "code": "OAUTH_WWW_AUTHENTICATE_CHALLENGE"}
    assert AuditEvent.objects.get(kind="token.revoked").actor_name == registered.client_id


@pytest.mark.parametrize("algorithm", ["oauth2", "oidc"])
@pytest.mark.parametrize("path", ["", "/tenant/one"], ids=["no path", "issuer with a path"])
def test_server_is_discovered_by_both_well_known_names(
    live, live_server, settings, algorithm, path
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": f"{live_server}{path}"}
    server = live(issuer=f"{live_server}{path}", algorithm=algorithm)["server"]
    assert server["issuer"] == f"{live_server}{path}"
    assert server["token_endpoint"] == f"{live_server}/oauth/token"


def test_signed_introspection_answer_is_understood(live):
    signed = live(metadata={"introspection_signed_response_alg": "ES256"})
    assert signed["introspected"]["active"] is True
    assert signed["after_revocation"] == {"active": False}
