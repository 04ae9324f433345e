"""Pictures of the pages of keys and trusted issuers, for people to look at."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client, TrustedIssuer, WorkloadIdentity
from oauth_m2m.operations.client_keys import add_client_keys, revoke_client_key
from tests.browser.test_pictures import LOOKS, fits
from tests.key_material import certificate_pem, jwk_text, private_pem_text

KEYS = "https://token.actions.githubusercontent.com/.well-known/jwks"
PATTERN = "repo:acme/*:ref:refs/heads/main"


@pytest.fixture
def robot(register, actor) -> Client:
    client = register(name="Warehouse robot", auth_methods=["private_key_jwt"]).client
    now = timezone.now()
    for text in (
        certificate_pem(days=20),
        certificate_pem(begins=now + timedelta(days=1), number=1),
        jwk_text(2),
    ):
        add_client_keys(client, read_pasted_keys(text), actor=actor, description="second hall")
    revoke_client_key(client.keys.first(), actor=actor)
    return client


@pytest.mark.parametrize("look", LOOKS)
def test_pages_fit_their_window(robot, open_page, photograph, look: str):
    page = open_page(**LOOKS[look])
    issuer = TrustedIssuer.objects.create(name="GitHub", issuer="https://a.example", jwks_uri=KEYS)
    identity = WorkloadIdentity.objects.create(issuer=issuer, client=robot, subject=PATTERN)
    key = robot.keys.last()
    base = f"/admin/oauth_m2m/client/{robot.pk}"
    pages = {
        "keyed-client": f"{base}/change/",
        "key-revoke": f"{base}/keys/{key.pk}/revoke/",
        "issuers": "/admin/oauth_m2m/trustedissuer/",
        "issuer": f"/admin/oauth_m2m/trustedissuer/{issuer.pk}/change/",
        "identities": "/admin/oauth_m2m/workloadidentity/",
        "identity": f"/admin/oauth_m2m/workloadidentity/{identity.pk}/change/",
    }
    for name, address in pages.items():
        page.goto(address)
        photograph(page, f"{name}-{look}")
        assert fits(page), name
    page.goto(f"{base}/keys/add/")
    page.get_by_label("Public key or certificate").fill(private_pem_text())
    page.get_by_role("button", name="Add a key").click()
    page.wait_for_selector(".errorlist")
    photograph(page, f"key-refused-{look}")
    assert fits(page)
    assert page.get_by_label("Public key or certificate").input_value() == ""
