"""The keys of a platform, when they cannot be had."""

import pytest

from oauth_m2m.keys import remote_jwks
from oauth_m2m.models import TrustedIssuer
from tests.key_faults import spoiled
from tests.platforms import POD
from tests.rfc.answers import assert_unauthenticated

pytestmark = [pytest.mark.django_db, pytest.mark.rfc("7523", "3")]


@pytest.fixture
def token(cluster, workload) -> str:
    cluster.vouch(workload, POD)
    return cluster.token(POD)


@spoiled
def test_issuer_whose_keys_were_never_had_lets_nobody_in(
    token, present, secure_key_server, spoil, monkeypatch
):
    monkeypatch.setattr("oauth_m2m.keys.fetch.TIMEOUT_SECONDS", 0.3)
    spoil(secure_key_server)
    assert_unauthenticated(present(token), reason="keys_unavailable")


@spoiled
def test_last_good_copy_serves_on(token, present, secure_key_server, spoil, monkeypatch):
    assert present(token).status_code == 200
    monkeypatch.setattr("oauth_m2m.keys.fetch.TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(remote_jwks, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(remote_jwks, "RETRY_SECONDS", 0.0)
    spoil(secure_key_server)
    assert present(token).status_code == 200


@pytest.mark.parametrize("networks", [[], ["10.0.0.0/8"]], ids=["none", "another"])
def test_private_address_of_keys_is_not_asked(
    token, present, settings, secure_key_server, networks
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "JWKS_ALLOWED_NETWORKS": networks}
    assert_unauthenticated(present(token), reason="keys_unavailable")
    assert secure_key_server.asked == 0


def test_plain_http_is_not_asked(token, present, secure_key_server):
    TrustedIssuer.objects.update(jwks_uri=secure_key_server.url.replace("https", "http"))
    assert_unauthenticated(present(token), reason="keys_unavailable")
    assert secure_key_server.asked == 0
