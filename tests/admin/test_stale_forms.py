import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.admin.client_form import ClientForm
from oauth_m2m.admin.resources import ScopeForm
from oauth_m2m.admin.stale_forms import version_of
from oauth_m2m.models import AuditEvent, Client, ResourceServer, Scope
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.operations.tokens import revoke_client_tokens
from tests.admin.every_page import World, make_world
from tests.admin.pages import form_of, text_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

STALE = (
    "This was changed since you opened the page, perhaps by somebody else. Nothing was saved: open"
    " the page again, look at what is there now, and decide anew."
)
FIELDS = frozenset(ClientForm.base_fields) | {"name", "rate_limit", "owner"}
# What somebody changes in each screen, and where it is in its row.
TYPED = {
    "client": "description",
    "resourceserver": "name",
    "scope": "description",
    "trustedissuer": "name",
    "workloadidentity": "subject",
}


@pytest.fixture
def world() -> World:
    return make_world("x")


def errors(response) -> list[str]:
    return response.context["adminform"].form.non_field_errors()


@pytest.mark.parametrize("model", TYPED)
def test_second_of_two_who_opened_a_page_overwrites_nothing(
    boss: HttpClient, world: World, model: str
):
    row, name = world.rows[model], TYPED[model]
    address = url(f"{model}_change", row.pk)
    opened = form_of(boss.get(address))
    assert boss.post(address, {**opened, name: "First"}).status_code == 302
    events = AuditEvent.objects.count()
    second = boss.post(address, {**opened, name: "Second"})
    assert errors(second) == [STALE]
    assert "Second" in second.content.decode()
    row.refresh_from_db()
    assert getattr(row, name) == "First"
    assert (AuditEvent.objects.count(), LogEntry.objects.count()) == (events, 1)


@pytest.mark.parametrize("model", TYPED)
def test_page_carries_its_version(boss: HttpClient, world: World, model: str):
    page = text_of(boss, f"{model}_change", world.rows[model].pk)
    assert page.count('<input type="hidden" name="version" value="') == 1


@pytest.mark.parametrize("model", TYPED)
def test_new_row_has_no_version(boss: HttpClient, model: str):
    assert 'name="version"' not in text_of(boss, f"{model}_add")


@pytest.mark.parametrize("model", TYPED)
def test_who_may_only_look_gets_no_version(sign_in, world: World, model: str):
    http = sign_in(f"view_{model}")
    assert 'name="version"' not in text_of(http, f"{model}_change", world.rows[model].pk)


def test_form_that_was_refused_is_refused_again(boss: HttpClient, world: World):
    address = url("scope_change", world.rows["scope"].pk)
    opened = form_of(boss.get(address))
    boss.post(address, {**opened, "description": "First"})
    again = form_of(boss.post(address, {**opened, "description": "Second"}))
    assert again["description"] == "Second"
    assert errors(boss.post(address, again)) == [STALE]


@pytest.mark.parametrize("sent", [{}, {"version": "x"}], ids=["none", "another"])
def test_form_without_the_version_is_refused(boss: HttpClient, world: World, sent):
    client = world.rows["client"]
    address = url("client_change", client.pk)
    fields = form_of(boss.get(address))
    del fields["version"]
    assert errors(boss.post(address, {**fields, "name": "Renamed", **sent})) == [STALE]
    client.refresh_from_db()
    assert client.name != "Renamed"


def test_stale_scopes_are_not_put_back(boss: HttpClient, registered: Registered):
    # What one administrator takes away must not come back with another's older page.
    address = url("client_change", registered.client.pk)
    opened = form_of(boss.get(address))
    registered.client.scope_grants.all().delete()
    assert errors(boss.post(address, {**opened, "name": "Renamed"})) == [STALE]
    assert not registered.client.scope_grants.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda _client: Client.objects.update(name="Other"),
        lambda _client: Client.objects.update(rate_limit="2/s"),
        lambda _client: Client.objects.update(owner=None),
        lambda client: client.groups.clear(),
        lambda client: client.groups.set([Group.objects.create(name="b")]),
        lambda client: client.resource_servers.set(ResourceServer.objects.all()),
        lambda client: client.scope_grants.update(is_default=False),
        lambda client: client.scope_grants.create(scope=Scope.objects.create(name="b")),
    ],
    ids=[
        "name",
        "limit",
        "owner",
        "no group",
        "another group",
        "a resource server",
        "a scope only when asked for",
        "a scope more",
    ],
)
def test_each_change_makes_another_version(world: World, change):
    client = world.rows["client"]
    before = version_of(client, FIELDS)
    change(client)
    assert version_of(Client.objects.get(), FIELDS) != before


def test_what_the_form_does_not_write_makes_no_other_version(world: World, actor):
    client = world.rows["client"]
    before = version_of(client, FIELDS)
    disable_client(client, actor=actor)
    revoke_client_tokens(client, actor=actor)
    Client.objects.update(last_used_at=timezone.now())
    assert version_of(Client.objects.get(), FIELDS) == before


def test_row_that_was_deleted_meanwhile_is_said_to_be_gone(world: World):
    scope = world.rows["scope"]
    form = ScopeForm({"name": "x"}, instance=scope)
    Scope.objects.filter(pk=scope.pk).delete()
    assert not form.is_valid()
    assert form.non_field_errors() == [STALE]
