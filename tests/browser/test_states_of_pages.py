"""What pages look like in the middle of things: shown once, refused, filled in badly, in German."""

import pytest
from playwright.sync_api import Browser, Page, expect

from oauth_m2m.models import Client, ResourceServer, Scope
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over
from tests.browser.axe import grave_faults
from tests.browser.test_pictures import fits

LIST = "/admin/oauth_m2m/client/"
LONG = "Warehouse-robot-of-the-northernmost-hall-" * 2


@pytest.fixture
def reachable(live_server, settings) -> None:
    """Let links lead to the server of the test."""
    settings.OAUTH_M2M = {"ISSUER": live_server.url, "REQUIRE_HTTPS": False}


@pytest.fixture
def client(register) -> Client:
    api = ResourceServer.objects.create(identifier="https://api.example.com", name="Orders API")
    for number in range(50):
        Scope.objects.create(name=f"hall-{number:02}:read", resource_server=api)
    return register("orders:read", optional=("hall-07:read",), name=LONG).client


def shown_once(page: Page, client: Client) -> None:
    page.goto(f"{LIST}{client.pk}/secrets/add/")
    page.locator("#content input[type=submit]").click()
    page.wait_for_selector("#m2m-secret")


def link_once(page: Page, client: Client) -> None:
    page.goto(f"{LIST}{client.pk}/secrets/rotate/")
    page.locator("#id_hand_over").check()
    page.locator("#content input[type=submit]").click()
    page.wait_for_selector("#m2m-link")


def filled_in_badly(page: Page, client: Client) -> None:
    page.goto(f"{LIST}add/")
    for fold in page.locator(".m2m-section summary").all():
        fold.click()
    page.fill("#id_allowed_networks", "nowhere")
    page.fill("#id_rate_limit", "often")
    # The browser's own checks stop nobody who posts by hand.
    page.evaluate("document.querySelector('#client_form').noValidate = true")
    page.locator("input[name=_save]").click()
    page.wait_for_selector(".errorlist")


def trial(page: Page, client: Client) -> None:
    page.goto(f"{LIST}{client.pk}/try/")
    page.locator("#content input[type=submit]").click()
    page.wait_for_selector("#content code")


def stale(page: Page, client: Client) -> None:
    page.goto(f"{LIST}{client.pk}/change/")
    page.fill("#id_description", "Second")
    Client.objects.update(description="First")
    page.locator("input[name=_save]").click()
    page.wait_for_selector(".errorlist")


def unknown_refusal(page: Page, client: Client) -> None:
    page.goto("/admin/oauth_m2m/auditevent/refused/?error_id=zzzzzzzzzzzz")


STATES = {
    "shown-once": shown_once,
    "link-once": link_once,
    "filled-in-badly": filled_in_badly,
    "stale": stale,
    "trial": trial,
    "unknown-refusal": unknown_refusal,
}

GERMAN = {
    "shown-once": "Das Secret wird nur dieses eine Mal angezeigt.",
    "link-once": "Wer diesen Link zuerst öffnet, erhält das Secret.",
    "filled-in-badly": "nowhere ist kein Netz.",
    "stale": "Dies wurde geändert, seit Sie die Seite geöffnet haben",
    "trial": "Sie würde gelingen.",
    "unknown-refusal": "Das Prüfprotokoll kennt diese ID nicht.",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_grave(client, reachable, open_page, photograph, state: str, scheme: str):
    page = open_page(color_scheme=scheme, bypass_csp=True)
    STATES[state](page, client)
    photograph(page, f"state-{state}-{scheme}")
    assert grave_faults(page) == []


@pytest.mark.parametrize("width", [390, 1280], ids=["narrow", "wide"])
@pytest.mark.parametrize("state", STATES)
def test_page_fits_and_speaks_german(
    client, reachable, open_page, photograph, settings, state: str, width: int
):
    settings.LANGUAGE_CODE = "de"
    page = open_page(viewport={"width": width, "height": 844})
    STATES[state](page, client)
    photograph(page, f"state-{state}-german-{width}")
    assert fits(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#content")).to_contain_text(GERMAN[state])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_a_hand_over(
    client, reachable, actor, browser: Browser, scheme: str
):
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    link = offer_hand_over(client, SecretTerms(), actor=actor).url
    faults = {}
    page.goto(link)
    faults["ask"] = grave_faults(page)
    page.get_by_role("button", name="Show the secret").click()
    page.wait_for_selector("#m2m-secret")
    faults["shown"] = grave_faults(page)
    page.goto(link)
    faults["refused"] = grave_faults(page)
    context.close()
    assert faults == {"ask": [], "shown": [], "refused": []}
