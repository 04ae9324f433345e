"""oauth4webapi: a client, and an API that verifies signed tokens by itself."""

import pytest

from oauth_m2m.models import Client, ResourceServer
from tests.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seen(node, issuer: str, live_server, registered: Registered, settings):
    """Let the library live through one signed token, and return what it saw."""
    audience = f"{live_server}/api/orders"
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DEFAULT_AUDIENCE": audience}
    registered.client.resource_servers.add(ResourceServer.objects.create(identifier=audience))

    def seen(algorithm: str = "ES256", discovery: str = "oauth2"):
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_ALGORITHM": algorithm}
        Client.objects.update(token_format="jwt")
        return node(
            "oauth4webapi.mjs",
            issuer=issuer,
            algorithm=discovery,
            signing_alg=algorithm,
            api_url=f"{live_server}/api/orders/",
            audience=audience,
            scope="orders:read",
            **registered.credentials,
        )

    return seen


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "PS256"])
def test_signed_token_is_validated_with_the_published_keys(
    seen, live_server, registered, algorithm
):
    claims = seen(algorithm)["claims"]
    assert claims.pop("exp") - claims.pop("iat") == 3600
    assert isinstance(claims.pop("jti"), str)
    assert claims == {
        "iss": str(live_server),
        "aud": f"{live_server}/api/orders",
        "sub": registered.client_id,
        "client_id": registered.client_id,
        "scope": "orders:read",
    }


@pytest.mark.parametrize("discovery", ["oauth2", "oidc"])
def test_all_that_surrounds_the_token_is_as_strict_as_the_library(seen, live_server, discovery):
    saw = seen(discovery=discovery)
    assert saw["resource"] == {
        "resource": f"{live_server}/api/orders",
        "authorization_servers": [str(live_server)],
        "bearer_methods_supported": ["header"],
    }
    assert saw["introspected"] == {**saw["claims"], "active": True, "token_type": "Bearer"}
    assert saw["after_revocation"] == {"active": False}


def test_api_refuses_a_token_that_is_not_for_it_or_was_changed(seen):
    saw = seen()
    assert saw["for_another_api"] == {"code": "OAUTH_JWT_CLAIM_COMPARISON_FAILED"}
    assert saw["with_another_signature"] == {"code": "OAUTH_INVALID_RESPONSE"}
