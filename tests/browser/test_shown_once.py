"""The page that shows a secret, left and come back to, in a browser with a memory."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as BrowserError

from tests.browser.conftest import ARGUMENTS, CHROMIUM

# By this Playwright turns off the memory that people's browsers have.
NO_MEMORY = "--disable-back-forward-cache"
NOTE_MEMORY = """
addEventListener("pageshow", (event) => {
    document.documentElement.dataset.fromMemory = event.persisted;
});
"""
SHOWN = "The secret was shown here, once. Nobody can look it up; if it is lost, rotate it."


@pytest.fixture
def context(browser: Browser, live_server) -> Iterator[BrowserContext]:
    """A browser that keeps the pages that one leaves, with nothing between it and the server."""
    remembering = browser.browser_type.launch(
        executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=[NO_MEMORY]
    )
    context = remembering.new_context(base_url=live_server.url)
    context.add_init_script(NOTE_MEMORY)
    context.set_default_timeout(60_000)
    yield context
    remembering.close()


@pytest.fixture
def page(context: BrowserContext, live_server, client, django_user_model) -> Page:
    """The page of somebody who is signed in."""
    client.force_login(django_user_model.objects.create_superuser("ada", password="lovelace"))
    [session] = client.cookies.values()
    cookie = {"name": session.key, "value": session.value, "url": live_server.url}
    context.add_cookies([cookie])
    return context.new_page()


def test_way_back_and_reload_show_no_secret_and_make_none(page: Page, registered):
    page.goto(f"/admin/oauth_m2m/client/{registered.client.pk}/secrets/add/")
    page.get_by_role("button", name="Add a secret").click()
    secret = page.get_by_label("Client secret").input_value()
    page.wait_for_load_state()
    assert secret in page.content()
    page.get_by_role("link", name="back to the client").click()
    page.wait_for_selector("#m2m-secrets-heading")
    # The browser says that the page is gone: it was an answer that it must not keep.
    with pytest.raises(BrowserError, match="ERR_CACHE_MISS"):
        page.go_back()
    expect(page.locator("body")).not_to_contain_text(secret)
    page.reload()
    expect(page.locator("body")).not_to_contain_text(secret)
    assert registered.client.secrets.count() == 2


@pytest.mark.urls("tests.browser.urls_of_a_kept_page")
def test_page_that_a_browser_keeps_in_memory_comes_back_empty(page: Page, registered):
    page.goto("/kept/")
    secret = page.get_by_label("Client secret").input_value()
    page.goto("/oauth/jwks.json")
    # Not go_back(): it waits for the page to load, and a page in memory does not.
    page.evaluate("history.back()")
    page.wait_for_url("**/kept/", wait_until="commit")
    page.wait_for_function("document.documentElement.dataset.fromMemory === 'true'")
    expect(page.locator("#content-main")).to_have_text(SHOWN)
    assert secret not in page.content()
    assert registered.client.secrets.count() == 2
