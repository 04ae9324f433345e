"""Pictures of the main pages, for people to look at: light, dark and narrow."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from oauth_m2m.models import AuditEvent, ResourceServer, Scope
from oauth_m2m.operations.credentials import add_secret, revoke_secret

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
    return client.client


@pytest.mark.parametrize("look", LOOKS)
def test_pages_fit_their_window(furnished, open_page, photograph, look: str):
    page = open_page(**LOOKS[look])
    client, token = furnished, furnished.access_tokens.get()
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
