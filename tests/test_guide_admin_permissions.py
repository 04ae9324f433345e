"""The guide to the admin's permissions: its table is what the pages ask for, its roles are made."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client as HttpClient

from oauth_m2m.admin.escalation import MAY_GRANT
from oauth_m2m.admin.owned import MAY_SEE_ALL
from oauth_m2m.conf import m2m_settings
from tests.admin.every_page import World, every_page, make_world
from tests.admin.test_permissions import APP, TABLE
from tests.guides import GUIDES, blocks

pytestmark = pytest.mark.django_db

NAME = re.compile(r"`([a-z_]+)`")
# What each role of the guide may post to, of the pages of clients and tokens.
MAY_POST = {
    "Client auditors": {"client_try"},
    "Client operators": {
        "accesstoken_revoke",
        "client_add_key",
        "client_add_secret",
        "client_revoke_key",
        "client_revoke_secret",
        "client_revoke_tokens",
        "client_rotate_secret",
        "client_try",
        "client_withdraw_hand_over",
    },
    "Client owners": {
        "accesstoken_revoke",
        "client_add",
        "client_add_key",
        "client_add_secret",
        "client_change",
        "client_disable",
        "client_enable",
        "client_revoke_key",
        "client_revoke_secret",
        "client_revoke_tokens",
        "client_rotate_secret",
        "client_try",
        "client_withdraw_hand_over",
    },
}
LOOKING = ("_changelist", "_history", "_overview", "_refused")


def documented() -> list[str]:
    text = (GUIDES / "admin-permissions.md").read_text()
    table = text.split("## What each permission allows")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    return [name for line in lines for name in NAME.findall(line.split("|")[1])]


def asked_for() -> set[str]:
    needs = [part for line in TABLE.values() for need in line for part in need]
    return {name for part in needs for name in part} | {
        permission.removeprefix(f"{APP}.") for permission in (MAY_GRANT, MAY_SEE_ALL)
    }


def grace_with(django_user_model, *, groups=(), permissions=()) -> HttpClient:
    user = django_user_model.objects.create_user("grace", is_staff=True)
    user.groups.set(groups)
    user.user_permissions.set(permissions)
    http = HttpClient()
    http.force_login(user)
    return http


@pytest.fixture
def world() -> World:
    return make_world()


def test_table_has_the_permissions_that_pages_ask_for():
    assert len(documented()) == len(set(documented()))
    assert set(documented()) == asked_for()


def test_permissions_that_are_not_in_the_table_allow_nothing(django_user_model, world: World):
    app = Permission.objects.filter(content_type__app_label=APP)
    http = grace_with(django_user_model, permissions=app.exclude(codename__in=documented()))
    assert app.exclude(codename__in=documented()).exists()
    for name, arguments in every_page().items():
        assert http.post(world.address(name, arguments), {"post": "yes"}).status_code == 403, name


@pytest.mark.parametrize("role", MAY_POST)
def test_role_of_the_guide_may_do_what_it_says(django_user_model, world: World, role: str):
    code, _settings = blocks("admin-permissions", "python")
    exec(compile(code, "admin-permissions.md", "exec"), {})  # noqa: S102 - our own page
    assert set(Group.objects.values_list("name", flat=True)) >= MAY_POST.keys()
    http = grace_with(django_user_model, groups=[Group.objects.get(name=role)])
    allowed = set()
    for name, arguments in every_page().items():
        status = http.post(world.address(name, arguments), {"post": "yes"}).status_code
        if status != 403 and not name.endswith(LOOKING):
            allowed.add(name)
    assert allowed == MAY_POST[role]


def test_setting_of_the_guide_is_taken(settings):
    _roles, code = blocks("admin-permissions", "python")
    names: dict[str, dict[str, bool]] = {}
    exec(compile(code, "admin-permissions.md", "exec"), names)  # noqa: S102 - our own page
    settings.OAUTH_M2M = names["OAUTH_M2M"]
    assert m2m_settings.OWNERS_SEE_ONLY_THEIR_OWN is True
