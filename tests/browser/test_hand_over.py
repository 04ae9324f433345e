"""An administrator sends a link; a stranger opens it, clicks, and sees the secret once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as BrowserError

from oauth_m2m.models import HandOver
from oauth_m2m.operations.hand_overs import SecretTerms, claim_hand_over, offer_hand_over
from tests.admin.pages import SECRET
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.double_click import double_click
from tests.browser.test_pictures import LOOKS, fits
from tests.browser.test_shown_once import NO_MEMORY

SHOWN = "The secret was shown here, once. Nobody can look it up; if it is lost, ask for a new link."


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """The page of somebody in another browser, which remembers pages as people's browsers do."""
    remembering = browser.browser_type.launch(
        executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=[NO_MEMORY]
    )
    page = remembering.new_context().new_page()
    page.set_default_timeout(60_000)
    yield page
    remembering.close()


@pytest.fixture
def reachable(live_server, settings) -> None:
    """Let links lead to the server of the test."""
    settings.OAUTH_M2M = {"ISSUER": live_server.url, "REQUIRE_HTTPS": False}


def secret_on(page: Page) -> str:
    secret = page.get_by_label("Client secret").input_value()
    # What empties the page again is a script, which may come later than the field.
    page.wait_for_load_state()
    return secret


def test_secret_goes_from_the_administrator_to_a_stranger_and_no_further(
    registered, reachable, open_page, stranger: Page, post_token
):
    page = open_page()
    page.goto(f"/admin/oauth_m2m/client/{registered.client.pk}/secrets/rotate/")
    page.get_by_label("Send a hand-over link instead").check()
    page.get_by_role("button", name="Rotate the secret").click()
    link = page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("link", name="back to the client").click()
    expect(page.locator("#m2m-hand-overs")).to_contain_text("waiting: nobody opened it")

    stranger.goto(link)
    expect(stranger.locator("main")).to_contain_text("A client")
    stranger.reload()
    assert HandOver.objects.get().state == "waiting"
    stranger.get_by_role("button", name="Show the secret").click()
    secret = secret_on(stranger)
    fields = {"grant_type": "client_credentials", "client_id": registered.client_id}
    assert post_token({**fields, "client_secret": secret}).status_code == 200

    stranger.goto("about:blank")
    with pytest.raises(BrowserError, match="ERR_CACHE_MISS"):
        stranger.go_back()
    expect(stranger.locator("body")).not_to_contain_text(secret)
    stranger.goto(link)
    expect(stranger.get_by_role("heading")).to_have_text("This link shows no secret")
    assert secret not in stranger.content()
    page.reload()
    expect(page.locator("#m2m-hand-overs")).to_contain_text("from 127.0.0.1")
    assert registered.client.secrets.count() == 2


def test_reloaded_page_shows_no_secret_and_makes_none(registered, reachable, actor, stranger: Page):
    stranger.goto(offer_hand_over(registered.client, SecretTerms(), actor=actor).url)
    stranger.get_by_role("button", name="Show the secret").click()
    secret = secret_on(stranger)
    stranger.on("dialog", lambda dialog: dialog.accept())
    stranger.reload()
    expect(stranger.get_by_role("heading")).to_have_text("This link shows no secret")
    assert secret not in stranger.content()
    assert registered.client.secrets.count() == 2


def test_page_that_is_left_empties_itself(registered, reachable, actor, stranger: Page):
    stranger.goto(offer_hand_over(registered.client, SecretTerms(), actor=actor).url)
    stranger.get_by_role("button", name="Show the secret").click()
    secret = secret_on(stranger)
    stranger.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    expect(stranger.locator("main")).to_have_text(SHOWN)
    assert secret not in stranger.content()


def test_double_click_shows_the_secret(registered, reachable, actor, stranger: Page):
    stranger.goto(offer_hand_over(registered.client, SecretTerms(), actor=actor).url)
    double_click(stranger.get_by_role("button", name="Show the secret"))
    assert secret_on(stranger).startswith("m2ms_")
    assert registered.client.secrets.count() == 2


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_keyboard_is_enough(registered, reachable, actor, browser: Browser, *, script: bool):
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    page.goto(offer_hand_over(registered.client, SecretTerms(), actor=actor).url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Client secret")).to_have_value(SECRET)
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_pages_fit_their_window(
    register, reachable, actor, browser: Browser, photograph, look: str
):
    client = register("orders:read", name="Warehouse robot").client
    complaints: list[str] = []
    context = browser.new_context(**LOOKS[look])
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    link = offer_hand_over(client, SecretTerms(), actor=actor).url
    page.goto(link)
    photograph(page, f"hand-over-ask-{look}")
    assert fits(page)
    page.get_by_role("button", name="Show the secret").click()
    photograph(page, f"hand-over-shown-{look}")
    for fold in page.locator(".m2m-kit summary").all()[1:]:
        fold.click()
        assert fits(page)
    assert complaints == []
    page.goto(link)
    photograph(page, f"hand-over-refused-{look}")
    assert fits(page)
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_the_administrator_fit_their_window(
    register, reachable, actor, open_page, photograph, look: str
):
    client = register("orders:read", name="Warehouse robot").client
    first, _second = (
        offer_hand_over(client, SecretTerms(is_rotation=True, description=text), actor=actor)
        for text in ("for the night job", "")
    )
    claim_hand_over(first.url.rpartition("/")[2], address="2001:db8:85a3:8d3:1319:8a2e:370:7348")
    page = open_page(**LOOKS[look])
    base = f"/admin/oauth_m2m/client/{client.pk}"
    page.goto(f"{base}/change/")
    photograph(page, f"hand-over-client-{look}")
    assert fits(page)
    page.goto(f"{base}/secrets/rotate/")
    photograph(page, f"hand-over-rotate-{look}")
    assert fits(page)
    page.get_by_label("Send a hand-over link instead").check()
    page.get_by_role("button", name="Rotate the secret").click()
    page.wait_for_selector("#m2m-link")
    photograph(page, f"hand-over-link-{look}")
    assert fits(page)
    page.goto("/admin/oauth_m2m/client/add/")
    page.get_by_text("How it proves itself").click()
    photograph(page, f"hand-over-register-{look}")
    assert fits(page)
