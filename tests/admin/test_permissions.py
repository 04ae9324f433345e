"""
A table: which permissions each page of the admin takes, to open it and to post to it.

A new page fails here until it has its line.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client as HttpClient

from tests.admin.every_page import APP, World, every_page, make_world
from tests.admin.pages import url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

Needs = tuple[tuple[str, ...], ...]
"""One permission of each of these is needed; () is a page that is closed to everybody."""

CLOSED: Needs = ((),)
PAGES = every_page()


class Line(NamedTuple):
    """What a GET takes, and what a POST takes."""

    get: Needs
    post: Needs


def sees(model: str) -> tuple[str, ...]:
    return (f"view_{model}", f"change_{model}")


def stock(model: str, *, is_read_only: bool = False) -> dict[str, Line]:
    """Return the lines of Django's own pages."""
    add, change, delete = (((f"{verb}_{model}",),) for verb in ("add", "change", "delete"))
    if is_read_only:
        add = change = delete = CLOSED
    look: Needs = (sees(model),)
    return {
        f"{model}_add": Line(add, add),
        f"{model}_change": Line(look, change),
        f"{model}_changelist": Line(look, look),
        f"{model}_delete": Line(delete, delete),
        f"{model}_history": Line(look, look),
    }


def button(model: str, permission: str) -> Line:
    needs = (sees(model), (permission,))
    return Line(needs, needs)


TABLE = {
    **stock("accesstoken", is_read_only=True),
    **stock("auditevent", is_read_only=True),
    **stock("client"),
    **stock("resourceserver"),
    **stock("scope"),
    **stock("signingkey", is_read_only=True),
    **stock("trustedissuer"),
    **stock("workloadidentity"),
    "accesstoken_revoke": button("accesstoken", "revoke_token"),
    "auditevent_refused": Line((sees("auditevent"),), (sees("auditevent"),)),
    "client_add_key": button("client", "rotate_secret"),
    "client_add_secret": button("client", "rotate_secret"),
    "client_disable": button("client", "change_client"),
    "client_enable": button("client", "change_client"),
    "client_overview": Line((sees("client"),), (sees("client"),)),
    "client_revoke_key": button("client", "rotate_secret"),
    "client_revoke_secret": button("client", "rotate_secret"),
    "client_revoke_tokens": button("client", "revoke_token"),
    "client_rotate_secret": button("client", "rotate_secret"),
    "client_try": button("client", "view_client"),
    "client_withdraw_hand_over": button("client", "rotate_secret"),
    "signingkey_rotate": button("signingkey", "change_signingkey"),
}
CASES = [
    pytest.param(name, method, id=f"{name}-{method}")
    for name in PAGES
    for method in ("get", "post")
]
OPEN_CASES = [
    pytest.param(name, method, id=f"{name}-{method}")
    for name, line in TABLE.items()
    for method, needs in line._asdict().items()
    if needs != CLOSED
]
BUTTONS = {
    "rotate_secret": {"client_rotate_secret", "client_add_secret", "client_add_key"},
    "revoke_token": {"client_revoke_tokens"},
    "change_client": {"client_disable"},
    "view_client": set(),
}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def ask_with(django_user_model):
    """Ask for a page as somebody with just these permissions: ``ask_with(codenames, ...)``."""
    user = django_user_model.objects.create_user("grace", is_staff=True)
    http = HttpClient(REMOTE_ADDR="192.0.2.7")
    http.force_login(user)

    def ask_with(codenames, method: str, address: str) -> int:
        found = Permission.objects.filter(content_type__app_label=APP, codename__in=codenames)
        user.user_permissions.set(found)
        assert user.user_permissions.count() == len(set(codenames))
        fields = {"post": "yes", "name": "Changed"} if method == "post" else {}
        return getattr(http, method)(address, fields).status_code

    return ask_with


def all_codenames() -> set[str]:
    found = Permission.objects.filter(content_type__app_label=APP)
    return set(found.values_list("codename", flat=True))


def everything() -> dict[str, Any]:
    models = [*apps.get_app_config(APP).get_models(), LogEntry]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


def too_little(needs: Needs) -> Iterator[set[str]]:
    """Yield nothing, then all there is but what one part of the needs asks for."""
    yield set()
    for part in needs:
        yield all_codenames() - set(part)


def test_each_page_has_its_line():
    assert PAGES.keys() == TABLE.keys()


@pytest.mark.parametrize("name,method", CASES)
def test_page_refuses_who_lacks_a_permission_and_changes_nothing(
    world: World, ask_with, name: str, method: str
):
    before, address = everything(), world.address(name, PAGES[name])
    for codenames in too_little(getattr(TABLE[name], method)):
        assert ask_with(codenames, method, address) == 403, codenames
    assert everything() == before


@pytest.mark.parametrize("name,method", OPEN_CASES)
def test_page_is_open_to_who_has_just_enough(world: World, ask_with, name: str, method: str):
    address = world.address(name, PAGES[name])
    for codenames in product(*getattr(TABLE[name], method)):
        assert ask_with(codenames, method, address) in {200, 302, 405}, codenames


@pytest.mark.parametrize("name,method", CASES)
def test_page_sends_a_visitor_to_the_login(client: HttpClient, world: World, name, method: str):
    before, address = everything(), world.address(name, PAGES[name])
    response = getattr(client, method)(address, {"post": "yes"})
    assert response.status_code == 302
    assert response.url.startswith("/admin/login/?next=")
    assert everything() == before


def test_who_is_no_member_of_the_staff_is_sent_to_the_login(
    world: World, django_user_model, client: HttpClient
):
    user = django_user_model.objects.create_user("grace")
    user.user_permissions.set(Permission.objects.filter(content_type__app_label=APP))
    client.force_login(user)
    for name in PAGES:
        response = client.post(world.address(name, PAGES[name]), {"post": "yes"})
        assert response.url.startswith("/admin/login/"), name


def test_missing_permission_is_named_on_the_page(sign_in, registered: Registered):
    address = url("client_rotate_secret", registered.client.pk)
    response = sign_in("view_client").post(address, {"overlap_hours": "1"})
    assert response.status_code == 403
    page = response.content.decode()
    assert "Nothing was changed." in page
    assert "It takes the permission oauth_m2m.rotate_secret. Ask an administrator for it." in page
    assert f'href="{url("client_change", registered.client.pk)}"' in page


@pytest.mark.parametrize("codename", BUTTONS)
def test_buttons_are_shown_to_those_who_may_press_them(
    sign_in, registered: Registered, codename: str
):
    pk = registered.client.pk
    http = sign_in(*{"view_client", codename})
    page = http.get(url("client_change", pk)).content.decode()
    known = set().union(*BUTTONS.values())
    assert {name for name in known if url(name, pk) in page} == BUTTONS[codename]


def test_operator_rotates_without_being_able_to_edit(sign_in, registered: Registered):
    http = sign_in("view_client", "rotate_secret")
    address = url("client_change", registered.client.pk)
    page = http.get(address).content.decode()
    assert 'name="_save"' not in page
    assert url("client_rotate_secret", registered.client.pk) in page
    assert http.post(address, {"name": "Renamed"}).status_code == 403
