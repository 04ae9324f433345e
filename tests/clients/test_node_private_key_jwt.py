"""private_key_jwt of openid-client and oauth4webapi."""

import pytest

from oauth_m2m.keys.jwk import private_pem
from oauth_m2m.models import Client, ClientKey, SeenAssertion
from tests.assertions import register_signer
from tests.key_server import jwk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("library", ["openid-client", "oauth4webapi"])
@pytest.mark.parametrize(
    "algorithm, in_table",
    [("ES256", True), ("PS256", True), ("EdDSA", True), ("ES256", False)],
    ids=["ES256", "PS256", "EdDSA", "key at jwks_uri"],
)
def test_client_gets_a_token_asks_about_it_and_uses_it(  # noqa: PLR0917 - fixtures are arguments
    node, issuer, live_server, register, secure_key_server, settings, library, algorithm, in_table
):
    signer = register_signer(register, algorithm)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": issuer}
    if not in_table:
        ClientKey.objects.all().delete()
        Client.objects.update(jwks_uri=secure_key_server.url)
        secure_key_server.publish({**jwk(algorithm), "kid": signer.kid})
    seen = node(
        "private_key_jwt.mjs",
        library=library,
        issuer=issuer,
        client_id=signer.client_id,
        private_key=private_pem(signer.key).decode(),
        algorithm="Ed25519" if algorithm == "EdDSA" else algorithm,
        kid=signer.kid,
        api_url=f"{live_server}/api/orders/",
    )
    assert seen == {
        "answer": {"token_type": "bearer", "expires_in": 3600, "scope": "orders:read"},
        "active": True,
        "status": 200,
    }
    # One for the token, one for the introspection.
    assert SeenAssertion.objects.count() == 2
