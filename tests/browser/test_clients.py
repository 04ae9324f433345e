"""What people do with clients, in a real browser, and what the machine then gets."""

import pytest
import requests
from playwright.sync_api import Page, expect

from oauth_m2m.models import AccessToken, Client, ClientSecret, Scope
from tests.browser.double_click import double_click

LIST = "/admin/oauth_m2m/client/"


def ask_for_token(server: str, client_id: str, secret: str, **fields) -> requests.Response:
    fields = {"grant_type": "client_credentials", **fields}
    return requests.post(f"{server}/oauth/token", data=fields, auth=(client_id, secret), timeout=10)


def list_orders(server: str, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{server}/api/orders/", headers=headers, timeout=10)


def page_of(client: Client) -> str:
    return f"{LIST}{client.pk}/change/"


def choose(page: Page, scope: str, choice: str) -> None:
    page.get_by_role("radiogroup", name=scope).get_by_label(choice).check()


def test_registered_client_copies_its_secret_and_calls_the_api(open_page, live_server):
    Scope.objects.create(name="orders:read", description="See orders")
    Scope.objects.create(name="orders:write", description="Place orders")
    page = open_page(permissions=["clipboard-read", "clipboard-write"])

    page.goto(f"{LIST}add/")
    page.get_by_label("Name").fill("Warehouse robot")
    choose(page, "orders:read", "By default")
    choose(page, "orders:write", "When asked for")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("button", name="Copy the secret").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    secret = page.evaluate("navigator.clipboard.readText()")
    client_id = page.get_by_label("Client id").input_value()
    assert page.get_by_label("Client secret").input_value() == secret

    answer = ask_for_token(live_server.url, client_id, secret).json()
    assert answer["scope"] == "orders:read"
    assert list_orders(live_server.url, answer["access_token"]).json() == []
    both = ask_for_token(live_server.url, client_id, secret, scope="orders:write orders:read")
    assert set(both.json()["scope"].split()) == {"orders:read", "orders:write"}

    # Neither a reload, which sends the form again, nor the way back shows it once more.
    page.reload()
    expect(page.locator("body")).to_contain_text("There is a client with this id already.")
    assert secret not in page.content()
    page.goto(page_of(Client.objects.get()))
    assert secret not in page.content()
    page.go_back()
    assert secret not in page.content()
    assert (Client.objects.count(), ClientSecret.objects.count()) == (1, 1)


def test_long_table_of_scopes_is_filtered(open_page, transactional_db):
    for number in range(60):
        Scope.objects.create(name=f"s{number}:read", description=f"Hall {number}")
    page = open_page()
    page.goto(f"{LIST}add/")
    rows, said = page.locator("[data-m2m-row]:visible"), page.locator("[data-m2m-shown]")
    expect(said).to_have_text("60 of 60 shown, 0 given")
    page.get_by_label("Find").fill("HALL 59")
    expect(rows).to_have_count(1)
    choose(page, "s59:read", "By default")
    expect(said).to_have_text("1 of 60 shown, 1 given")
    # Enter sends no half-filled form.
    page.get_by_label("Find").press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_label("Find").fill("")
    page.get_by_label("given ones only").check()
    expect(rows).to_have_count(1)
    page.get_by_label("given ones only").uncheck()
    expect(rows).to_have_count(60)
    page.get_by_label("Name").fill("Robot")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#m2m-secret")
    assert [scope.name for scope in Client.objects.get().scopes.all()] == ["s59:read"]


def test_kit_is_opened_by_keyboard_and_copied(open_page, registered):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{LIST}{registered.client.pk}/secrets/add/")
    page.get_by_role("button", name="Add a secret").click()
    page.locator("summary", has_text="Kubernetes Secret").focus()
    page.keyboard.press("Enter")
    # One fold at a time is open.
    expect(page.locator(".m2m-kit details[open]")).to_have_count(1)
    # Until its script is there, the button is not, and Tab goes past it.
    expect(page.get_by_role("button", name="Copy: Kubernetes Secret")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("apiVersion: v1\nkind: Secret\n")


def test_secret_is_selected_where_the_clipboard_is_refused(open_page, registered):
    page = open_page(permissions=[])
    # As over plain http: such a page has no clipboard.
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"{LIST}{registered.client.pk}/secrets/add/")
    page.get_by_role("button", name="Add a secret").click()
    page.get_by_role("button", name="Copy the secret").click()
    expect(page.get_by_role("status")).to_have_text("Selected: press Ctrl+C or Cmd+C to copy.")
    selected = page.evaluate("getSelection().toString()")
    assert selected == page.get_by_label("Client secret").input_value()


def test_rotated_secret_works_beside_the_old_one(open_page, live_server, registered):
    page = open_page()
    page.goto(page_of(registered.client))
    page.get_by_role("link", name="Rotate").click()
    page.get_by_label("Hours from now").fill("2")
    page.get_by_role("button", name="Rotate the secret").click()
    fresh = page.get_by_label("Client secret").input_value()
    for secret in (registered.secret, fresh):
        assert ask_for_token(live_server.url, registered.client_id, secret).status_code == 200
    page.get_by_role("link", name="back to the client").click()
    rows = page.locator("#m2m-secrets tbody tr:not(.m2m-retirement)")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text(registered.key_id)
    expect(page.locator(".m2m-retirement")).to_contain_text("It is still used: last from 127.")

    rows.nth(1).get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke the secret").click()
    expect(page.locator(".messagelist")).to_contain_text("Revoked the secret")
    old = ask_for_token(live_server.url, registered.client_id, registered.secret)
    assert (old.status_code, old.json()["error"]) == (401, "invalid_client")
    assert ask_for_token(live_server.url, registered.client_id, fresh).status_code == 200


@pytest.mark.parametrize("name", ["Rotate", "Add a secret"])
def test_double_click_makes_one_secret_and_shows_it(open_page, live_server, registered, name: str):
    page = open_page()
    page.goto(page_of(registered.client))
    page.get_by_role("link", name=name).click()
    double_click(page.locator("input[type=submit]"))
    fresh = page.get_by_label("Client secret").input_value()
    assert ask_for_token(live_server.url, registered.client_id, fresh).status_code == 200
    assert registered.client.secrets.count() == 2

    page.reload()
    expect(page.locator(".messagelist")).to_contain_text("Nothing was done")
    assert fresh not in page.content()
    assert registered.client.secrets.count() == 2


def test_double_click_on_save_registers_one_client_and_shows_its_secret(
    open_page, transactional_db
):
    page = open_page()
    page.goto(f"{LIST}add/")
    page.get_by_label("Name").fill("Warehouse robot")
    double_click(page.get_by_role("button", name="Save"))
    assert page.get_by_label("Client secret").input_value().startswith("m2ms_")
    assert (Client.objects.count(), ClientSecret.objects.count()) == (1, 1)


def test_disabled_client_and_its_token_are_refused_until_it_is_enabled(
    open_page, live_server, registered
):
    token = ask_for_token(live_server.url, registered.client_id, registered.secret).json()
    page = open_page()
    page.goto(page_of(registered.client))
    page.get_by_role("button", name="Disable").click()
    expect(page.locator("#m2m-state")).to_contain_text("Disabled")
    assert list_orders(live_server.url, token["access_token"]).status_code == 401
    refused = ask_for_token(live_server.url, registered.client_id, registered.secret)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")

    page.get_by_role("button", name="Enable").click()
    expect(page.locator("#m2m-state")).to_contain_text("Active")
    assert list_orders(live_server.url, token["access_token"]).status_code == 200


def test_token_is_revoked_from_the_page_of_its_client(open_page, live_server, registered):
    token = ask_for_token(live_server.url, registered.client_id, registered.secret).json()
    page = open_page()
    page.goto(page_of(registered.client))
    page.get_by_role("link", name="Tokens", exact=True).click()
    page.get_by_role("link", name=str(AccessToken.objects.get().pk), exact=True).click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator(".messagelist")).to_contain_text("Revoked the token.")
    assert list_orders(live_server.url, token["access_token"]).status_code == 401
