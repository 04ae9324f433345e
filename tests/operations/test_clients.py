from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.models import AccessToken, AuditEvent, Client, ClientSecret, ResourceServer, Scope
from oauth_m2m.operations.clients import (
    create_client,
    delete_client,
    disable_client,
    enable_client,
    update_client,
)
from oauth_m2m.operations.tokens import revoke_client_tokens
from oauth_m2m.values import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def read() -> Scope:
    return Scope.objects.create(name="orders:read")


@pytest.fixture
def write() -> Scope:
    return Scope.objects.create(name="orders:write")


@pytest.fixture
def client(read, write, actor) -> Client:
    return create_client(
        Client(client_id="billing", name="Billing"), scopes={read: True, write: False}, actor=actor
    )


def granted(client: Client) -> dict[str, bool]:
    return dict(client.scope_grants.values_list("scope__name", "is_default"))


def test_created_client_has_its_scopes_and_groups(read, write, actor, trail):
    group = Group.objects.create(name="readers")
    client = create_client(
        Client(client_id="billing", name="Billing"),
        scopes={write: False, read: True},
        groups=iter([group]),
        actor=actor,
    )
    assert granted(client) == {"orders:read": True, "orders:write": False}
    assert list(client.groups.all()) == [group]
    assert client.created_by is None
    detail = {"scopes": {"orders:read": "default", "orders:write": "on request"}}
    assert trail() == [("client.created", "the tests", "billing", "", detail)]


@pytest.fixture
def apis() -> list[ResourceServer]:
    return [
        ResourceServer.objects.create(identifier=f"https://{name}.example", name=name)
        for name in ("b", "a")
    ]


def test_created_client_may_name_some_apis_and_ask_about_others(apis, actor, trail):
    _, second = apis
    client = create_client(
        Client(client_id="billing", name="Billing"),
        scopes={},
        resource_servers=iter(apis),
        introspects=iter([second]),
        actor=actor,
    )
    assert set(client.resource_servers.all()) == set(apis)
    assert list(client.introspects.all()) == [second]
    detail = {
        "scopes": {},
        "resource_servers": ["https://a.example", "https://b.example"],
        "introspects": ["https://a.example"],
    }
    assert trail() == [("client.created", "the tests", "billing", "", detail)]


def test_changed_resource_servers_are_saved_and_audited(client, read, write, apis, actor, trail):
    first, second = apis
    scopes = {read: True, write: False}
    for servers in ([first], [second]):
        update_client(client, scopes=scopes, groups=[], resource_servers=iter(servers), actor=actor)
    assert list(client.resource_servers.all()) == [second]
    detail = {"resource_servers": {"before": ["https://b.example"], "after": ["https://a.example"]}}
    assert trail()[-1] == ("client.changed", "the tests", "billing", "", detail)


def test_resource_servers_that_are_not_given_stay(client, read, write, apis, actor, trail):
    client.resource_servers.set(apis)
    client.name = "Invoices"
    update_client(client, scopes={read: True, write: False}, groups=[], actor=actor)
    assert set(client.resource_servers.all()) == set(apis)
    assert trail()[-1][-1] == {"name": {"before": "Billing", "after": "Invoices"}}
    update_client(
        client, scopes={read: True, write: False}, groups=[], resource_servers=[], actor=actor
    )
    assert not client.resource_servers.exists()


def test_created_client_knows_which_user_made_it():
    user = User.objects.create_user("anna")
    client = create_client(Client(name="Billing"), scopes={}, actor=Actor("anna", user=user))
    assert client.created_by == user
    assert AuditEvent.objects.get().actor == user


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"client_id": "with space"}, id="an id that needs encoding"),
        pytest.param({"client_id": "billing"}, id="an id that is taken"),
        pytest.param({"auth_methods": ["magic"]}, id="an unknown method"),
        pytest.param({"token_lifetime": 0}, id="no lifetime"),
    ],
)
def test_unacceptable_client_is_not_created(client, read, actor, trail, fields):
    before = len(trail())
    with pytest.raises(ValidationError):
        create_client(Client(**{"name": "Other", **fields}), scopes={read: True}, actor=actor)
    assert Client.objects.count() == 1
    assert trail(after=before) == []


def test_changes_are_saved_and_audited_with_both_values(client, read, write, actor, trail):
    readers, writers = (Group.objects.create(name=name) for name in ("readers", "writers"))
    client.groups.set([readers])
    admin = Scope.objects.create(name="admin")
    client.name = "Invoices"
    client.token_lifetime = 60
    before = len(trail())
    scopes = {read: False, admin: True}
    update_client(client, scopes=scopes, groups=iter([writers]), actor=actor)
    client = Client.objects.get()
    assert (client.name, client.token_lifetime) == ("Invoices", 60)
    assert granted(client) == {"orders:read": False, "admin": True}
    assert list(client.groups.all()) == [writers]
    detail = {
        "name": {"before": "Billing", "after": "Invoices"},
        "token_lifetime": {"before": None, "after": 60},
        "scopes": {
            "before": {"orders:read": "default", "orders:write": "on request"},
            "after": {"admin": "default", "orders:read": "on request"},
        },
        "groups": {"before": ["readers"], "after": ["writers"]},
    }
    assert trail(after=before) == [("client.changed", "the tests", "billing", "", detail)]


def test_a_date_is_audited_as_text(client, read, write, actor, trail):
    client.created_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    update_client(client, scopes={read: True, write: False}, groups=[], actor=actor)
    _, _, _, _, detail = trail()[-1]
    assert detail["created_at"]["after"] == "2026-01-31 12:00:00+00:00"


def test_scopes_and_groups_that_are_not_given_stay(client, actor, trail):
    group = Group.objects.create(name="readers")
    client.groups.add(group)
    trail()
    client.name = "Renamed"
    update_client(client, scopes=None, groups=None, actor=actor)
    assert granted(client) == {"orders:read": True, "orders:write": False}
    assert list(client.groups.all()) == [group]
    (entry,) = trail()[-1:]
    assert entry[-1] == {"name": {"before": "Billing", "after": "Renamed"}}


def test_saving_without_a_change_leaves_no_trace(client, read, write, actor, trail):
    before = len(trail())
    grants = list(client.scope_grants.order_by("pk").values())
    update_client(client, scopes={read: True, write: False}, groups=[], actor=actor)
    assert trail(after=before) == []
    assert list(client.scope_grants.order_by("pk").values()) == grants


def test_unacceptable_change_is_not_saved(client, read, actor, trail):
    client.rate_limit = "often"
    before = len(trail())
    with pytest.raises(ValidationError):
        update_client(client, scopes={read: True}, groups=[], actor=actor)
    assert Client.objects.get().rate_limit == ""
    assert granted(client) == {"orders:read": True, "orders:write": False}
    assert trail(after=before) == []


def test_saving_an_old_copy_undoes_no_revocation_and_no_disabling(client, read, write, actor):
    old_copy = Client.objects.get(pk=client.pk)
    revoke_client_tokens(client, actor=actor)
    disable_client(client, actor=actor)
    Client.objects.update(last_used_at=timezone.now())
    old_copy.name = "Invoices"
    update_client(old_copy, scopes={read: True, write: False}, groups=[], actor=actor)
    saved = Client.objects.get(pk=client.pk)
    assert saved.name == "Invoices"
    assert saved.tokens_valid_after == client.tokens_valid_after
    assert saved.is_active is False
    assert saved.last_used_at is not None


def test_disabled_client_gets_no_token_until_it_is_enabled(registered, post_token, actor, trail):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    assert disable_client(registered.client, actor=actor, reason="left us") is True
    assert registered.client.is_active is False
    assert post_token(fields).status_code == 401
    assert enable_client(registered.client, actor=actor, reason="came back") is True
    assert registered.client.is_active is True
    assert post_token(fields).status_code == 200
    changes = [row for row in trail() if row[0] in {"client.disabled", "client.enabled"}]
    assert changes == [
        ("client.disabled", "the tests", registered.client_id, "left us", {}),
        ("client.enabled", "the tests", registered.client_id, "came back", {}),
    ]


@pytest.mark.parametrize("switch", [disable_client, enable_client])
def test_switching_twice_does_it_once(client, actor, trail, switch):
    Client.objects.update(is_active=switch is disable_client)
    before = len(trail())
    assert switch(client, actor=actor) is True
    assert switch(client, actor=actor) is False
    assert len(trail(after=before)) == 1


def test_deleted_client_takes_its_secrets_and_tokens_and_leaves_its_trail(
    register, get_token, actor, trail
):
    gone, stays = register("orders:read", client_id="gone", name="Gone"), register("orders:read")
    get_token(gone)
    get_token(stays)
    delete_client(gone.client, actor=actor)
    assert list(Client.objects.all()) == [stays.client]
    assert [secret.client for secret in ClientSecret.objects.all()] == [stays.client]
    assert [token.client for token in AccessToken.objects.all()] == [stays.client]
    assert trail()[-1] == ("client.deleted", "the tests", "gone", "", {"name": "Gone"})
    kinds = [row[0] for row in trail() if row[2] == "gone"]
    assert kinds == ["client.created", "secret.created", "client.deleted"]


def test_deletion_takes_no_more_statements_with_more_tokens(register, get_token, actor):
    statements = []
    for number_of_tokens in (1, 5):
        registered = register("orders:read")
        for _ in range(number_of_tokens):
            get_token(registered)
        with CaptureQueriesContext(connection) as queries:
            delete_client(registered.client, actor=actor)
        statements.append(len(queries))
    assert statements[0] == statements[1]
