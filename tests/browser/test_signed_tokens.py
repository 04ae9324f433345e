"""What people set for signed tokens, in a real browser."""

from playwright.sync_api import expect

from oauth_m2m.models import ResourceServer, SigningKey
from tests.browser.double_click import double_click
from tests.signing_keys import make_key


def test_double_click_rotates_the_keys_once(open_page, transactional_db):
    old = make_key(announced=-90, signs=-90)
    page = open_page()
    page.goto("/admin/oauth_m2m/signingkey/")
    page.get_by_role("link", name="Rotate").click()
    page.get_by_label("Days that the new key is announced").fill("0")
    double_click(page.get_by_role("button", name="Rotate the signing keys"))
    expect(page.locator(".messagelist")).to_contain_text("It signs from now on.")
    rows = page.locator(".m2m-key")
    expect(rows).to_have_count(2)
    new = SigningKey.objects.exclude(pk=old.pk).get()
    expect(rows.nth(0)).to_contain_text(new.kid)
    expect(rows.nth(0).locator("strong")).to_have_text("active")
    expect(rows.nth(1).locator("strong")).to_have_text("verifies only")


def test_client_that_is_an_api_is_found_by_its_name(open_page, register):
    for number in range(30):
        register(name=f"Robot {number}")
    guard = register(name="Stock guard").client
    api = ResourceServer.objects.create(identifier="urn:stock", name="Stock")
    page = open_page()
    page.goto(f"/admin/oauth_m2m/resourceserver/{api.pk}/change/")
    page.locator(".select2-search__field").click()
    page.locator(".select2-search__field").press_sequentially("guard")
    options = page.locator(".select2-results__option[role=option]")
    expect(options).to_have_text(["Stock guard"])
    options.click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert list(api.introspecting_clients.all()) == [guard]
