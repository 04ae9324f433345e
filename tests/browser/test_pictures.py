"""Pictures of the main pages, for people to look at: light, dark and narrow."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from oauth_m2m.models import AuditEvent, ResourceServer, Scope
from oauth_m2m.operations.credentials import add_secret, revoke_secret
from tests.signing_keys import make_key

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}


def fits(page: Page) -> bool:
    # A page that scrolls sideways hides its buttons.
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def furnished(register, actor, get_token):
    api = ResourceServer.objects.create(identifier="https://api.example.com", name="Orders API")
    Scope.objects.create(name="orders:read", description="See orders", resource_server=api)
    Scope.objects.create(name="orders:write", description="Place orders", resource_server=api)
    Scope.objects.create(name="reports:read", description="See the daily report")
    client = register("orders:read", optional=("orders:write",), name="Warehouse robot")
    get_token(client)
    add_secret(client.client, actor=actor, lifetime=timedelta(days=90), description="second hall")
    revoke_secret(client.client.secrets.last(), actor=actor)
    add_secret(client.client, actor=actor)
    api.introspecting_clients.add(client.client)
    client.client.resource_servers.add(api)
    return client.client


@pytest.mark.parametrize("look", LOOKS)
def test_pages_fit_their_window(furnished, open_page, photograph, look: str):
    page = open_page(**LOOKS[look])
    client, token, api = furnished, furnished.access_tokens.get(), ResourceServer.objects.get()
    event = AuditEvent.objects.filter(kind="client.created").get()
    base = f"/admin/oauth_m2m/client/{client.pk}"
    pages = {
        "clients": "/admin/oauth_m2m/client/",
        "client-add": "/admin/oauth_m2m/client/add/",
        "client": f"{base}/change/",
        "client-rotate": f"{base}/secrets/rotate/",
        "client-revoke-tokens": f"{base}/revoke-tokens/",
        "client-delete": f"{base}/delete/",
        "tokens": "/admin/oauth_m2m/accesstoken/",
        "token": f"/admin/oauth_m2m/accesstoken/{token.pk}/change/",
        "scopes": "/admin/oauth_m2m/scope/",
        "resource-server": f"/admin/oauth_m2m/resourceserver/{api.pk}/change/",
        "events": "/admin/oauth_m2m/auditevent/",
        "event": f"/admin/oauth_m2m/auditevent/{event.pk}/change/",
    }
    for name, address in pages.items():
        page.goto(address)
        photograph(page, f"{name}-{look}")
        assert fits(page), name
    page.goto(f"{base}/secrets/add/")
    page.click("input[type=submit]")
    page.wait_for_selector("#m2m-secret")
    photograph(page, f"secret-{look}")
    assert fits(page)


@pytest.mark.parametrize("look", LOOKS)
def test_pages_that_register_a_client_fit_their_window(
    transactional_db, open_page, photograph, look: str
):
    page = open_page(**LOOKS[look])
    page.goto("/admin/oauth_m2m/client/add/")
    photograph(page, f"register-without-scopes-{look}")
    assert fits(page)
    api = ResourceServer.objects.create(identifier="https://api.example.com", name="Orders API")
    for number in range(60):
        Scope.objects.create(name=f"department-{number:02}:read", resource_server=api)
    page.reload()
    photograph(page, f"register-{look}")
    assert fits(page)
    page.get_by_label("Find").fill("orders -07")
    for fold in page.locator(".m2m-section summary").all():
        fold.click()
    photograph(page, f"register-unfolded-{look}")
    assert fits(page)
    page.get_by_label("Name").fill("Warehouse robot")
    page.get_by_role("radiogroup", name="department-07:read").get_by_label("By default").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#m2m-secret")
    photograph(page, f"shown-once-{look}")
    for fold in page.locator(".m2m-kit summary").all()[1:]:
        fold.click()
        assert fits(page)


@pytest.mark.parametrize("look", LOOKS)
def test_timeline_of_the_keys_fits_its_window(transactional_db, open_page, photograph, look: str):
    make_key(announced=-200, signs=-200, until=-100, verifies=-99)
    make_key(announced=-101, signs=-100, until=-0.01, verifies=0.03)
    make_key(announced=-1.01, signs=-0.01, until=29.5, verifies=29.6)
    make_key(announced=-0.5, signs=29.5)
    closed = make_key("EdDSA", announced=-1, signs=-1)
    closed.private_key = "closed"
    closed.save()
    page = open_page(**LOOKS[look])
    page.goto("/admin/oauth_m2m/signingkey/")
    photograph(page, f"keys-{look}")
    assert fits(page)
    page.click(".m2m-key a")
    photograph(page, f"key-{look}")
    assert fits(page)
    page.goto("/admin/oauth_m2m/signingkey/rotate/")
    photograph(page, f"keys-rotate-{look}")
    assert fits(page)
