"""Each change that a button of the admin makes is in the history of its row, with who made it."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as HttpClient

from oauth_m2m.models import AccessToken
from oauth_m2m.operations.clients import disable_client
from tests.admin.every_page import World, every_page, make_world
from tests.admin.pages import SECRET, form_of, text_of, url
from tests.key_material import jwk_text

pytestmark = pytest.mark.django_db

# The words of each, and whose history has them.
BUTTONS = {
    "accesstoken_revoke": (r"Revoked\.", "accesstoken"),
    "client_add_key": (r"Added the key first\.", "client"),
    "client_add_secret": (r"Added the secret \w{8}\.", "client"),
    "client_disable": (r"Disabled: its tokens are refused\.", "client"),
    "client_enable": (r"Enabled: it may work again\.", "client"),
    "client_revoke_key": (r"Revoked the key x1\.", "client"),
    "client_revoke_secret": (r"Revoked the secret k1\.", "client"),
    "client_revoke_tokens": (r"Revoked all of its tokens\.", "client"),
    "client_rotate_secret": (r"Rotated: the new secret is \w{8}\.", "client"),
    "client_withdraw_hand_over": (r"Withdrew the hand-over link .+\.", "client"),
    "signingkey_rotate": (r"Made the key ES256 \S{8}\. It signs from .+", "signingkey"),
}
ONLY_LOOKED_AT = {"auditevent_refused", "client_overview", "client_try"}
STOCK = ("_add", "_change", "_changelist", "_delete", "_history")


@pytest.fixture
def world() -> World:
    return make_world()


def test_each_button_is_in_this_table():
    own = {name for name in every_page() if name.split("_", 1)[1] not in {s[1:] for s in STOCK}}
    assert own - ONLY_LOOKED_AT == BUTTONS.keys()


@pytest.mark.parametrize("name", BUTTONS)
def test_button_leaves_a_line_in_the_history(boss: HttpClient, world: World, actor, name: str):
    if name == "client_enable":
        disable_client(world.rows["client"], actor=actor)
    address = world.address(name, every_page()[name])
    page = boss.get(address)
    # What answers POST only has no page, and what only asks again no form.
    has_form = page.status_code == 200 and "form" in page.context
    fields = form_of(page) if has_form else {}
    boss.post(address, {**fields, "pasted": jwk_text(kid="first")})
    entry = LogEntry.objects.get()
    words, model = BUTTONS[name]
    assert re.fullmatch(words, entry.get_change_message())
    assert entry.user.get_username() == "ada"
    assert entry.content_type.model == model
    assert not SECRET.search(str(LogEntry.objects.values()))
    history = text_of(boss, f"{model}_history", entry.object_id)
    assert entry.get_change_message() in history
    assert "ada" in history


def test_action_leaves_a_line_for_each_token_that_it_revoked(boss: HttpClient, world: World):
    first = world.rows["accesstoken"]
    second = make_world(number=2).rows["accesstoken"]
    boss.post(url("accesstoken_revoke", second.pk))
    LogEntry.objects.all().delete()
    fields = {"action": "revoke_selected", "_selected_action": [first.pk, second.pk]}
    boss.post(url("accesstoken_changelist"), fields)
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(first.pk), "Revoked.")
    assert {token.state for token in AccessToken.objects.all()} == {"revoked"}


@pytest.mark.parametrize("model", ["client", "scope", "trustedissuer", "workloadidentity"])
def test_saved_form_leaves_a_line_that_names_the_fields(boss: HttpClient, world: World, model: str):
    field = {"client": "name", "workloadidentity": "subject"}.get(model, "name")
    address = url(f"{model}_change", world.rows[model].pk)
    boss.post(address, {**form_of(boss.get(address)), field: "changed"})
    assert LogEntry.objects.get().get_change_message() == f"Changed {field.capitalize()}."
