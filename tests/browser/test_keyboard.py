"""What people do without a mouse: each step is Tab, a letter, Space or Enter."""

from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from oauth_m2m.models import Client, Scope

LIST = "/admin/oauth_m2m/client/"
# More stops than any page has before what is looked for.
STOPS = 150
HAS_FOCUS = "(element) => element === document.activeElement"
# Whoever cannot see where they are is lost: an outline, a shadow, or other colours than before.
LOOK = """
(element) => {
    const style = getComputedStyle(element);
    const colours = style.backgroundColor + style.borderColor + style.textDecorationLine;
    return {
        outline: style.outlineStyle === "none" ? "" : style.outlineWidth,
        shadow: style.boxShadow, colours, colour: style.color,
    };
}
"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until *wanted* has the focus, and see that it shows."""
    expect(wanted).to_be_visible()
    if wanted.evaluate(HAS_FOCUS):
        return
    before = wanted.evaluate(LOOK)
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate(HAS_FOCUS):
            break
    expect(wanted).to_be_focused()
    expect(wanted).to_be_in_viewport()
    assert wanted.evaluate(LOOK) != before, "nothing shows where the focus is"


def press(page: Page, wanted: Locator) -> None:
    """Go to a link or a button by Tab, and press Enter."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")


@pytest.fixture
def page(open_page) -> Page:
    return open_page(permissions=["clipboard-read", "clipboard-write"])


def test_client_is_registered_and_its_secret_copied(transactional_db, page: Page):
    Scope.objects.create(name="orders:read")
    page.goto(LIST)
    press(page, page.locator(".object-tools").get_by_role("link", name="Add client"))
    page.wait_for_selector("#client_form")
    tab_to(page, page.get_by_label("Name"))
    page.keyboard.type("Warehouse robot")
    scope = page.get_by_role("radiogroup", name="orders:read")
    tab_to(page, scope.get_by_label("No"))
    # Arrows are how a group of radio buttons is walked.
    page.keyboard.press("ArrowRight")
    expect(scope.get_by_label("By default")).to_be_checked()
    press(page, page.get_by_role("button", name="Save", exact=True))
    page.wait_for_selector("#m2m-secret")
    button = page.get_by_role("button", name="Copy the secret")
    expect(button).to_be_visible()
    press(page, button)
    expect(page.get_by_role("status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("Client secret").input_value()
    assert [scope.name for scope in Client.objects.get().scopes.all()] == ["orders:read"]


def test_secret_is_rotated_and_the_old_one_revoked(registered, page: Page):
    page.goto(f"{LIST}{registered.client.pk}/change/")
    press(page, page.get_by_role("link", name="Rotate"))
    page.wait_for_selector("form.m2m-once")
    press(page, page.get_by_role("button", name="Rotate the secret"))
    page.wait_for_selector("#m2m-secret")
    press(page, page.get_by_role("link", name="back to the client"))
    page.wait_for_selector("#m2m-secrets")
    press(page, page.get_by_role("link", name=f"Revoke {registered.key_id}"))
    press(page, page.get_by_role("button", name="Revoke the secret"))
    expect(page.locator(".messagelist")).to_contain_text("Revoked the secret")
    old = registered.client.secrets.get(key_id=registered.key_id)
    assert old.state == "revoked"
    assert registered.client.secrets.count() == 2


def test_client_is_stopped_and_started(registered, page: Page):
    page.goto(f"{LIST}{registered.client.pk}/change/")
    press(page, page.get_by_role("button", name="Disable"))
    expect(page.locator("#m2m-state")).to_contain_text("Disabled")
    press(page, page.get_by_role("button", name="Enable"))
    expect(page.locator("#m2m-state")).to_contain_text("Active")


def test_words_for_who_cannot_see_are_there(registered, page: Page):
    page.goto(f"{LIST}{registered.client.pk}/secrets/add/")
    page.get_by_role("button", name="Add a secret").click()
    # A live region is there before it says anything, or nothing is read out.
    status = page.locator("#m2m-copy-status")
    expect(status).to_have_text("")
    expect(status).to_have_attribute("role", "status")
    page.goto(f"{LIST}{registered.client.pk}/change/")
    expect(page.get_by_role("table", name="Secrets")).to_be_visible()
    expect(page.get_by_role("region", name="The last 30 days")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    levels = (
        page.locator("#content")
        .locator("h1, h2, h3, h4")
        .evaluate_all("(headings) => headings.map((heading) => Number(heading.tagName[1]))")
    )
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
