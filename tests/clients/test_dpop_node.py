"""openid-client and oauth4webapi with DPoP, with and without a nonce of the server."""

import pytest

from oauth_m2m.models import Client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("requires_nonce", [False, True], ids=["no nonce", "nonce"])
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_libraries_get_and_use_bound_tokens(
    node, service, issuer, settings, requires_nonce, token_format
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": requires_nonce}
    Client.objects.update(requires_dpop=True, token_format=token_format)
    seen = node(
        "dpop.mjs",
        issuer=issuer,
        api_url=service.orders_url,
        scope="orders:read",
        **service.client.credentials,
    )
    assert seen == {
        "openid_client": {"type": "dpop", "statuses": [200, 200, 401, 401]},
        "oauth4webapi": {"type": "dpop", "statuses": [200]},
    }
