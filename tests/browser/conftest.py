"""A real browser on a real server, under the strictest content security policy that works."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    FloatRect,
    Page,
    Route,
    expect,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium")
ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
IMAGES = Path(__file__).parents[2] / "docs" / "images"
# The pictures that the documentation shows, by the names that the tests give them.
SHOWN = {
    "client-page-light": "client",
    "client-rotation-light": "rotate",
    "overview-light": "overview",
    "refused-light": "refused",
    "keys-light": "keys",
    "client-add-light": "register",
    "shown-once-light": "shown-once",
}
# Of long pages the documentation shows what is above this.
SHOWN_UNTIL = {
    "client": "h2:has-text('Latest refusals')",
    "overview": "h2:has-text('Refusals of the last 7 days')",
    "shown-once": ".m2m-kit details >> nth=1",
}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# img-src data: is what Django's own style sheets need.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# Playwright's sync API keeps an event loop in this thread, so Django takes the tests' queries
# for queries of async code. They are not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A busy machine is no failure.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium")
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, live_server, django_user_model) -> Iterator[Callable[..., Page]]:
    """Open the admin as a superuser; options are those of a browser context."""
    complaints: list[str] = []
    contexts = []

    def hear(said: ConsoleMessage) -> None:
        # The browser asks for an icon that the example project does not have, and complains of
        # pages that say "you may not".
        is_known = said.location["url"].endswith("/favicon.ico") or "403 (Forbidden)" in said.text
        if said.type == "error" and not is_known:
            complaints.append(said.text)

    def open_page(**options) -> Page:
        django_user_model.objects.filter(username="ada").delete()
        django_user_model.objects.create_superuser("ada", password="lovelace")
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.route("**/*", _under_policy)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.goto("/admin/")
        page.fill("#id_username", "ada")
        page.fill("#id_password", "lovelace")
        page.click("input[type=submit]")
        page.wait_for_selector("#user-tools")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def photograph(pytestconfig: pytest.Config) -> Callable[[Page, str], None]:
    """Keep a picture of a page for people to look at, here or in the documentation."""
    ARTIFACTS.mkdir(exist_ok=True)

    def photograph(page: Page, name: str) -> None:
        page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
        if pytestconfig.getoption("--pictures") and name in SHOWN:
            page.screenshot(
                path=IMAGES / f"{SHOWN[name]}.png",
                full_page=True,
                clip=_content(page, SHOWN_UNTIL.get(SHOWN[name])),
            )

    return photograph


def _content(page: Page, until: str | None) -> FloatRect:
    # Without the head of the admin and the other apps beside it, which say nothing.
    content = page.locator("#content").bounding_box()
    assert content
    if until:
        end = page.locator(until).bounding_box()
        assert end
        content["height"] = end["y"] - content["y"]
    return content


def _under_policy(route: Route) -> None:
    if route.request.resource_type != "document":
        route.continue_()
        return
    response = route.fetch(max_redirects=0)
    route.fulfill(
        response=response, headers={**response.headers, "content-security-policy": POLICY}
    )
