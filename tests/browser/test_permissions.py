"""People with few permissions, and two who edit one client, in a real browser."""

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Page, expect

from oauth_m2m.models import AuditEvent, Client, Scope
from tests.admin.every_page import APP
from tests.browser.double_click import double_click

LIST = "/admin/oauth_m2m/client/"
WIDTHS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 800}}


@pytest.fixture
def demote(django_user_model):
    """Leave the person who is signed in some permissions only."""

    def demote(*codenames: str):
        user = django_user_model.objects.get(username="ada")
        user.is_superuser = False
        user.save()
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label=APP, codename__in=codenames)
        )
        return user

    return demote


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_operator_gets_the_buttons_that_work_and_a_sentence_for_the_others(
    open_page, demote, photograph, registered, scheme: str, width: str
):
    page: Page = open_page(color_scheme=scheme, viewport=WIDTHS[width])
    page.goto(f"{LIST}{registered.client.pk}/change/")
    demote("view_client", "revoke_token")
    # The page is from before: this button is no longer theirs.
    page.get_by_role("link", name="Rotate").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Nothing was changed. It takes the permission oauth_m2m.rotate_secret."
    )
    photograph(page, f"permission-missing-{scheme}-{width}")
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.get_by_role("link", name="Revoke all tokens")).to_be_visible()
    expect(page.get_by_role("link", name="Rotate")).to_have_count(0)
    expect(page.get_by_role("button", name="Disable")).to_have_count(0)
    photograph(page, f"client-of-a-viewer-{scheme}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_owner_registers_a_client_and_sees_it_alone(
    open_page, demote, photograph, registered, settings, width: str
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "OWNERS_SEE_ONLY_THEIR_OWN": True}
    page: Page = open_page(viewport=WIDTHS[width])
    owner = demote("view_client", "add_client", "change_client", "rotate_secret")
    page.goto(f"{LIST}add/")
    photograph(page, f"owner-registers-{width}")
    page.get_by_label("Name", exact=False).first.fill("Mine")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#m2m-secret")
    client = Client.objects.get(name="Mine")
    assert client.owner == owner
    page.goto(LIST)
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.goto(f"{LIST}{client.pk}/change/")
    photograph(page, f"client-of-an-owner-{width}")
    expect(page.get_by_label("Name", exact=False).first).to_have_value("Mine")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_second_of_two_who_edit_a_client_is_told(open_page, photograph, registered, scheme: str):
    page: Page = open_page(color_scheme=scheme)
    page.goto(f"{LIST}{registered.client.pk}/change/")
    page.fill("#id_name", "Second")
    Client.objects.update(name="First")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist")).to_contain_text("This was changed since you opened the page")
    expect(page.locator("#id_name")).to_have_value("Second")
    photograph(page, f"client-stale-{scheme}")
    assert Client.objects.get().name == "First"
    page.goto(page.url)
    page.fill("#id_name", "Second")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".success")).to_be_visible()
    assert Client.objects.get().name == "Second"


def test_double_click_revokes_all_tokens_once(open_page, registered):
    page: Page = open_page()
    page.goto(f"{LIST}{registered.client.pk}/revoke-tokens/")
    double_click(page.get_by_role("button", name="Revoke all tokens"))
    expect(page.locator(".messagelist")).to_have_text("Revoked all of its tokens.")
    assert AuditEvent.objects.filter(kind="client.tokens_revoked").count() == 1


def test_double_click_on_save_adds_one_scope(open_page, transactional_db):
    page: Page = open_page()
    page.goto("/admin/oauth_m2m/scope/add/")
    page.fill("#id_name", "orders:read")
    double_click(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert Scope.objects.count() == 1
