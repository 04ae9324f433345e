"""The client of docs/guides/dpop.md."""

import pytest

from oauth_m2m.models import AccessToken, AuditEvent, Client
from tests.guides import blocks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("requires_nonce", [False, True], ids=["no nonce", "nonce"])
def test_client_of_the_guide_gets_and_uses_a_bound_token(service, issuer, settings, requires_nonce):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": requires_nonce}
    Client.objects.update(requires_dpop=True)
    [snippet] = blocks("dpop", "python")
    ran = {
        "CLIENT_ID": service.client.client_id,
        "CLIENT_SECRET": service.client.secret,
        "TOKEN_URL": service.token_url,
        "ORDERS_URL": service.orders_url,
    }
    exec(snippet, ran)  # noqa: S102 - our own page
    assert ran["orders"].status_code == 200
    assert AccessToken.objects.get().confirmation.keys() == {"jkt"}
    asked_for_nonce = AuditEvent.objects.filter(reason="proof_without_nonce").exists()
    assert asked_for_nonce is requires_nonce
