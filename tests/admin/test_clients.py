import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from oauth_m2m.models import AccessToken, AuditEvent, Client, ClientSecret, ResourceServer, Scope
from oauth_m2m.operations.clients import disable_client
from tests.admin.pages import form_of, messages_of, secrets_in, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope() -> Scope:
    return Scope.objects.create(name="orders:read")


def add(boss: HttpClient, **fields):
    address = url("client_add")
    return boss.post(address, {**form_of(boss.get(address)), "name": "A robot", **fields})


def change(boss: HttpClient, client: Client, **fields):
    address = url("client_change", client.pk)
    return boss.post(address, {**form_of(boss.get(address)), **fields})


# Register


def test_three_fields_register_a_client_that_gets_tokens(boss: HttpClient, scope, post_token):
    response = add(boss, **{f"granted_scopes-{scope.pk}": "default"})
    assert response.status_code == 200
    (secret,) = secrets_in(response)
    client = Client.objects.get()
    assert client.scope_grants.get().is_default
    assert client.created_by.get_username() == "ada"
    fields = {"client_id": client.client_id, "client_secret": secret}
    answer = post_token({"grant_type": "client_credentials", **fields})
    assert answer.json()["scope"] == "orders:read"


def test_all_fields_are_stored(boss: HttpClient, scope, ada, django_user_model):
    robot = django_user_model.objects.create_user("robot")
    group = Group.objects.create(name="machines")
    api = ResourceServer.objects.create(identifier="urn:stock", name="Stock")
    typed = {
        "client_id": "robot-1",
        "description": "Second hall",
        "contact_email": "ada@example.com",
        "owner": ada.pk,
        "auth_methods": ["client_secret_post"],
        "token_format": "opaque",
        "token_lifetime": "600",
        "service_account": robot.pk,
        "groups": [group.pk],
        "resource_servers": [api.pk],
        "allowed_networks": "10.0.0.0/8\r\n",
        "rate_limit": "10/s",
        "metadata": '{"team": "stock"}',
        f"granted_scopes-{scope.pk}": "asked",
    }
    assert add(boss, **typed).status_code == 200
    client = Client.objects.get()
    assert list(client.groups.all()) == [group]
    assert list(client.resource_servers.all()) == [api]
    assert list(client.scope_grants.values_list("scope", "is_default")) == [(scope.pk, False)]
    row = Client.objects.values(*(set(typed) & {field.name for field in Client._meta.fields})).get()
    assert row == {
        "client_id": "robot-1",
        "description": "Second hall",
        "contact_email": "ada@example.com",
        "owner": ada.pk,
        "auth_methods": ["client_secret_post"],
        "token_format": "opaque",
        "token_lifetime": 600,
        "service_account": robot.pk,
        "allowed_networks": ["10.0.0.0/8"],
        "rate_limit": "10/s",
        "metadata": {"team": "stock"},
    }


def test_registration_is_audited_and_in_the_history(boss: HttpClient, scope):
    add(boss, client_id="robot-1", **{f"granted_scopes-{scope.pk}": "default"})
    events = AuditEvent.objects.order_by("pk")
    assert list(events.values_list("kind", "actor_name", "address", "client_identifier")) == [
        ("client.created", "ada", "192.0.2.7", "robot-1"),
        ("secret.created", "ada", "192.0.2.7", "robot-1"),
    ]
    entry = LogEntry.objects.get()
    assert (entry.is_addition(), entry.object_repr) == (True, "A robot")


def test_secret_of_a_new_client_is_nowhere_but_in_the_answer(boss: HttpClient):
    response = add(boss)
    (secret,) = secrets_in(response)
    assert "no-store" in response["Cache-Control"]
    assert messages_of(response) == []
    client = Client.objects.get()
    for page in (
        url("client_change", client.pk),
        url("client_history", client.pk),
        url("client_delete", client.pk),
        url("client_changelist"),
        url("auditevent_changelist"),
        *(url("auditevent_change", event.pk) for event in AuditEvent.objects.all()),
    ):
        assert secret not in boss.get(page).content.decode()
    assert secret not in str(list(LogEntry.objects.values()))
    assert secret not in str(dict(boss.session)) + str(boss.cookies)


def test_form_that_is_sent_twice_registers_one_client(boss: HttpClient):
    fields = {**form_of(boss.get(url("client_add"))), "name": "A robot"}
    assert len(secrets_in(boss.post(url("client_add"), fields))) == 1
    again = boss.post(url("client_add"), fields)
    assert "There is a client with this id already." in again.content.decode()
    assert secrets_in(again) == set()
    assert (Client.objects.count(), ClientSecret.objects.count()) == (1, 1)


def test_only_one_button_saves_a_new_client(boss: HttpClient):
    page = boss.get(url("client_add")).content.decode()
    assert 'name="_save"' in page
    assert "_addanother" not in page
    assert "_continue" not in page


def test_client_without_a_shared_secret_is_shown_none(boss: HttpClient, register):
    response = add(boss, auth_methods=["private_key_jwt"], jwks_uri="https://example.com/jwks")
    client = Client.objects.get()
    assert response.url == url("client_change", client.pk)
    assert [message for message in messages_of(response) if "needs" in message] == []
    assert not client.secrets.exists()


def test_new_client_is_told_what_it_lacks(boss: HttpClient):
    response = add(boss, auth_methods=["private_key_jwt"])
    assert messages_of(response)[0] == (
        "The method private_key_jwt needs a public key or a JWKS URI: add one."
    )


def test_who_may_only_add_is_not_sent_to_a_page_that_is_closed(sign_in):
    http = sign_in("add_client")
    response = add(http, auth_methods=["workload_identity"])
    assert response.url == "/admin/"
    assert Client.objects.exists()


def test_new_client_of_a_pop_up_answers_the_page_that_opened_it(boss: HttpClient):
    response = add(boss, auth_methods=["workload_identity"], _popup="1")
    assert response.status_code == 200
    assert "data-popup-response" in response.content.decode()


def test_new_client_is_told_what_it_lacks_beside_its_secret(boss: HttpClient):
    response = add(boss, auth_methods=["client_secret_basic", "private_key_jwt"])
    assert len(secrets_in(response)) == 1
    assert (
        "The method private_key_jwt needs a public key or a JWKS URI" in response.content.decode()
    )


# Change


def test_changed_fields_are_stored_and_audited_with_both_values(
    boss: HttpClient, registered: Registered
):
    AuditEvent.objects.all().delete()
    pks = dict(Scope.objects.values_list("name", "pk"))
    response = change(
        boss,
        registered.client,
        name="Renamed",
        **{
            f"granted_scopes-{pks['orders:read']}": "no",
            f"granted_scopes-{pks['orders:write']}": "default",
        },
    )
    assert response.status_code == 302
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor_name, event.address) == ("client.changed", "ada", "192.0.2.7")
    assert event.detail == {
        "name": {"before": "A client", "after": "Renamed"},
        "scopes": {
            "before": {"orders:read": "default", "orders:write": "on request"},
            "after": {"orders:write": "default"},
        },
    }
    entry = LogEntry.objects.get()
    assert json.loads(entry.change_message) == [{"changed": {"fields": ["Name", "Scopes"]}}]


def test_resource_servers_are_changed_with_a_trail(boss: HttpClient, registered: Registered):
    first, second = (
        ResourceServer.objects.create(identifier=f"urn:{name}", name=name) for name in "ab"
    )
    for chosen in ([first.pk, second.pk], [second.pk]):
        AuditEvent.objects.all().delete()
        assert change(boss, registered.client, resource_servers=chosen).status_code == 302
    assert list(registered.client.resource_servers.all()) == [second]
    assert AuditEvent.objects.get().detail == {
        "resource_servers": {"before": ["urn:a", "urn:b"], "after": ["urn:b"]}
    }


def test_saving_without_a_change_changes_nothing(boss: HttpClient, registered: Registered):
    AuditEvent.objects.all().delete()
    assert change(boss, registered.client).status_code == 302
    assert not AuditEvent.objects.exists()
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


@pytest.mark.parametrize(
    "field,value",
    [
        ("client_id", "other"),
        ("is_active", ""),
        ("tokens_valid_after_0", "2030-01-01"),
        ("created_by", "1"),
        ("last_used_at_0", "2030-01-01"),
    ],
)
def test_what_is_not_for_the_form_stays(
    boss: HttpClient, registered: Registered, field: str, value: str
):
    before = Client.objects.values().get()
    assert change(boss, registered.client, **{field: value}).status_code == 302
    assert Client.objects.values().get() == before


def test_changed_client_is_told_what_it_lacks(boss: HttpClient, registered: Registered):
    response = change(boss, registered.client, auth_methods=["tls_client_auth"])
    assert messages_of(response)[0] == (
        "The method tls_client_auth needs to know the certificate's subject."
    )


def test_certificate_subject_is_stored_changed_and_taken_away(boss, registered: Registered):
    client = registered.client
    for typed, stored in (
        ({"tls_subject_0": "san_dns", "tls_subject_1": "a.example"}, {"san_dns": "a.example"}),
        ({}, {"san_dns": "a.example"}),
        ({"tls_subject_0": "subject_dn", "tls_subject_1": "CN=a"}, {"subject_dn": "CN=a"}),
        ({"tls_subject_0": "", "tls_subject_1": ""}, {}),
    ):
        assert change(boss, client, **typed).status_code == 302
        client.refresh_from_db()
        assert client.tls_subject == stored


def test_strict_client_is_stored(boss: HttpClient, registered: Registered):
    change(boss, registered.client, profile="fapi2", requires_dpop="on", requires_certificate="on")
    client = Client.objects.get()
    assert (client.profile, client.requires_dpop, client.requires_certificate) == (
        "fapi2",
        True,
        True,
    )


def test_saving_leaves_a_disabled_client_disabled(boss: HttpClient, registered: Registered, actor):
    disable_client(registered.client, actor=actor)
    change(boss, registered.client, name="Renamed")
    registered.client.refresh_from_db()
    assert (registered.client.name, registered.client.is_active) == ("Renamed", False)


def test_viewer_cannot_change_by_hand(sign_in, registered: Registered):
    http = sign_in("view_client", "rotate_secret", "revoke_token")
    address = url("client_change", registered.client.pk)
    assert http.post(address, {"name": "x"}).status_code == 403
    assert http.post(url("client_add"), {"name": "x", "client_id": "x"}).status_code == 403
    assert list(Client.objects.values_list("name", flat=True)) == ["A client"]


# Delete


def test_delete_page_counts_secrets_and_lists_no_token(
    boss: HttpClient, registered: Registered, bearer
):
    for _ in range(3):
        bearer(registered)
    with CaptureQueriesContext(connection) as queries:
        page = boss.get(url("client_delete", registered.client.pk)).content.decode()
    assert "<li>1 secret</li>" in page
    assert "<li>all of its access tokens</li>" in page
    assert "<li>all of its keys, certificates and workload identities</li>" in page
    assert registered.key_id not in page
    assert not [query for query in queries if AccessToken._meta.db_table in query["sql"]]


def test_deleted_client_is_gone_with_its_tokens_and_audited(
    boss: HttpClient, registered: Registered, bearer
):
    bearer(registered)
    AuditEvent.objects.all().delete()
    response = boss.post(url("client_delete", registered.client.pk), {"post": "yes"})
    assert response.url == url("client_changelist")
    counts = [model.objects.count() for model in (Client, ClientSecret, AccessToken)]
    assert counts == [0, 0, 0]
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor_name, event.client_identifier) == (
        "client.deleted",
        "ada",
        registered.client_id,
    )
    assert LogEntry.objects.get().is_deletion()


def test_client_is_not_deleted_without_the_permission(sign_in, registered: Registered):
    http = sign_in("view_client", "change_client")
    address = url("client_delete", registered.client.pk)
    assert address not in http.get(url("client_change", registered.client.pk)).content.decode()
    assert http.get(address).status_code == 403
    assert http.post(address, {"post": "yes"}).status_code == 403
    assert Client.objects.exists()


def test_clients_are_not_deleted_in_bulk(boss: HttpClient, registered: Registered):
    fields = {"action": "delete_selected", "_selected_action": registered.client.pk, "post": "yes"}
    boss.post(url("client_changelist"), fields)
    assert Client.objects.exists()
    assert "delete_selected" not in boss.get(url("client_changelist")).content.decode()
