"""The page of one client: state, access, retiring secrets, usage and refusals at a glance."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from oauth_m2m.models import Client, ResourceServer, Scope, UsageCount
from oauth_m2m.operations.credentials import rotate_secret
from oauth_m2m.usage import flush
from tests.browser.test_pictures import LOOKS, fits

DAY = timedelta(days=1)


@pytest.fixture
def busy(register, actor, get_token, post_token) -> Client:
    """A client with a past: tokens, refusals, a secret that is being replaced and still used."""
    api = ResourceServer.objects.create(identifier="https://api.example.com", name="Orders API")
    for name in ("orders:read", "orders:write"):
        Scope.objects.create(name=name, resource_server=api)
    registered = register(
        "orders:read",
        optional=("orders:write",),
        name="Warehouse robot",
        allowed_networks=["127.0.0.0/8", "10.0.0.0/8"],
        rate_limit="1000/h",
        groups=[Group.objects.create(name="Warehouse")],
    )
    client = registered.client
    rotate_secret(client, actor=actor, until_unused=DAY)
    get_token(registered)
    for _ in range(3):
        post_token({"grant_type": "client_credentials", **registered.credentials, "scope": "x"})
    flush()
    today = timezone.now().date()
    for back in range(1, 30):
        for kind, count in (("token_issued", 40 - back), ("api_call", back * 900), ("refusal", 1)):
            if (back * 7 + len(kind)) % 5:
                UsageCount.objects.create(
                    client=client, day=today - back * DAY, kind=kind, count=count
                )
    return client


@pytest.mark.parametrize("look", LOOKS)
def test_page_fits_its_window(busy, open_page, photograph, look: str):
    page = open_page(**LOOKS[look])
    base = f"/admin/oauth_m2m/client/{busy.pk}"
    page.goto(f"{base}/change/")
    expect(page.get_by_text("It is still used: last from 127.0.0.1")).to_be_visible()
    photograph(page, f"client-page-{look}")
    assert fits(page)
    page.get_by_text("The same as a table").click()
    assert fits(page)
    page.goto(f"{base}/secrets/rotate/")
    page.get_by_label("Once nobody has used them").check()
    photograph(page, f"client-rotation-{look}")
    assert fits(page)
    page.goto(f"{base}/try/")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("It would work.")).to_be_visible()
    photograph(page, f"client-try-{look}")
    page.get_by_label("Address that it calls from").fill("192.0.2.7")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("network_not_allowed")).to_be_visible()
    photograph(page, f"client-try-refused-{look}")
    assert fits(page)


def test_sections_are_reached_from_the_keyboard(busy, open_page):
    page = open_page()
    page.goto(f"/admin/oauth_m2m/client/{busy.pk}/change/")
    page.get_by_role("navigation", name="On this page").get_by_text("Usage").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The last 30 days")).to_be_in_viewport()
    page.get_by_text("The same as a table").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="API calls")).to_be_visible()
