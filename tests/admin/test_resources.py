from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as HttpClient

from oauth_m2m.models import AuditEvent, ResourceServer, Scope
from tests.admin.pages import form_of, url
from tests.conftest import FORM, Registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> ResourceServer:
    return ResourceServer.objects.create(identifier="https://api.example.com", name="Orders API")


def audited() -> list[tuple]:
    events = AuditEvent.objects.order_by("pk")
    return [(event.kind, event.actor_name, event.address, event.detail["name"]) for event in events]


def test_scope_is_added_changed_and_deleted_with_a_trail(boss: HttpClient, api):
    boss.post(url("scope_add"), {"name": "orders:read", "resource_server": api.pk})
    scope = Scope.objects.get()
    assert scope.resource_server == api
    address = url("scope_change", scope.pk)
    boss.post(address, {**form_of(boss.get(address)), "description": "See orders"})
    scope.refresh_from_db()
    assert scope.description == "See orders"
    boss.post(url("scope_delete", scope.pk), {"post": "yes"})
    assert not Scope.objects.exists()
    assert audited() == [
        ("scope.created", "ada", "192.0.2.7", "orders:read"),
        ("scope.changed", "ada", "192.0.2.7", "orders:read"),
        ("scope.deleted", "ada", "192.0.2.7", "orders:read"),
    ]
    assert LogEntry.objects.count() == 3


def test_resource_server_is_added_changed_and_deleted_with_a_trail(boss: HttpClient):
    fields = {"identifier": "https://api.example.com", "name": "API", "token_lifetime": "60"}
    boss.post(url("resourceserver_add"), fields)
    server = ResourceServer.objects.get()
    assert server.token_lifetime == 60
    address = url("resourceserver_change", server.pk)
    boss.post(address, {**form_of(boss.get(address)), "name": "Orders"})
    server.refresh_from_db()
    assert server.name == "Orders"
    boss.post(url("resourceserver_delete", server.pk), {"post": "yes"})
    assert not ResourceServer.objects.exists()
    assert audited() == [
        (f"resource_server.{action}", "ada", "192.0.2.7", "https://api.example.com")
        for action in ("created", "changed", "deleted")
    ]


@pytest.mark.parametrize(
    "name,fields,error",
    [
        ("scope_add", {"name": "two words"}, "A scope is one word"),
        ("scope_add", {"name": "a", "resource_server": "999999"}, "Select a valid choice."),
        (
            "resourceserver_add",
            {"identifier": "api", "name": "x"},
            "The identifier is an absolute URI without a fragment",
        ),
        (
            "resourceserver_add",
            {"identifier": "https://a.example", "name": "x", "introspecting_clients": ["999999"]},
            "Select a valid choice. 999999 is not one of the available choices.",
        ),
        (
            "resourceserver_add",
            {"identifier": "https://a.example", "name": "x", "token_lifetime": "0"},
            "Ensure this value is greater than or equal to 1.",
        ),
    ],
    ids=["scope of two words", "unknown server", "no URI", "unknown client", "no lifetime"],
)
def test_bad_value_is_refused_with_a_sentence(boss: HttpClient, name: str, fields, error: str):
    response = boss.post(url(name), fields)
    assert response.status_code == 200
    assert error in response.content.decode()
    assert audited() == []


def test_scope_that_exists_is_refused(boss: HttpClient):
    for _ in range(2):
        response = boss.post(url("scope_add"), {"name": "orders:read"})
    assert "Scope with this Name already exists." in response.content.decode()
    assert Scope.objects.count() == 1


def test_resource_server_with_scopes_is_protected(boss: HttpClient, api):
    Scope.objects.create(name="orders:read", resource_server=api)
    address = url("resourceserver_delete", api.pk)
    for response in (boss.get(address), boss.post(address, {"post": "yes"})):
        assert response.status_code == 200
        page = response.content.decode()
        assert "would require deleting the following protected related objects" in page
        assert "orders:read" in page
    assert ResourceServer.objects.exists()
    assert audited() == []


def test_selected_scopes_are_deleted_with_a_line_each(boss: HttpClient):
    scopes = [Scope.objects.create(name=name) for name in ("a", "b", "c")]
    chosen = [scope.pk for scope in scopes[:2]]
    fields = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert boss.post(url("scope_changelist"), fields).status_code == 302
    assert list(Scope.objects.values_list("name", flat=True)) == ["c"]
    assert sorted(row[3] for row in audited()) == ["a", "b"]


def test_deleting_a_scope_says_which_clients_lose_it(boss: HttpClient, registered: Registered):
    scope = Scope.objects.get(name="orders:read")
    page = boss.get(url("scope_delete", scope.pk)).content.decode()
    assert "orders:read (A client)" in page


def test_tokens_of_a_resource_server_are_of_its_format(boss: HttpClient, api, register, get_token):
    Scope.objects.create(name="orders:read", resource_server=api)
    machine = register("orders:read")
    address = url("resourceserver_change", api.pk)
    assert get_token(machine).startswith("m2mt_")
    boss.post(address, {**form_of(boss.get(address)), "token_format": "jwt"})
    assert get_token(machine).count(".") == 2


def test_clients_that_are_the_api_are_chosen_with_a_trail(
    boss: HttpClient, api, register, get_token, http: HttpClient
):
    Scope.objects.create(name="orders:read", resource_server=api)
    machine, guard = register("orders:read"), register(client_id="guard")
    question = {"token": get_token(machine), **guard.credentials}

    def answer() -> dict:
        body = urlencode(question)
        return http.post("/oauth/introspect", body, content_type=FORM).json()

    assert answer() == {"active": False}
    AuditEvent.objects.all().delete()
    address = url("resourceserver_change", api.pk)
    fields = {**form_of(boss.get(address)), "introspecting_clients": [guard.client.pk]}
    boss.post(address, fields)
    assert answer()["active"] is True
    assert AuditEvent.objects.get().detail == {
        "name": "https://api.example.com",
        "introspecting_clients": {"before": [], "after": ["guard"]},
    }
    assert form_of(boss.get(address))["introspecting_clients"] == [guard.client.pk]


def test_form_lists_only_the_chosen_of_many_clients(boss: HttpClient, api, register):
    chosen = register(name="The guard").client
    register(name="Somebody else")
    api.introspecting_clients.add(chosen)
    page = boss.get(url("resourceserver_change", api.pk)).content.decode()
    assert "The guard" in page
    assert "Somebody else" not in page


def test_scopes_are_searched_and_filtered_by_server(boss: HttpClient, api):
    Scope.objects.create(name="orders:read", resource_server=api)
    Scope.objects.create(name="reports:read", description="the orders of a day")
    Scope.objects.create(name="stock:read")
    for query, names in (
        ({"q": "orders"}, ["orders:read", "reports:read"]),
        ({"resource_server__id__exact": api.pk}, ["orders:read"]),
    ):
        page = boss.get(url("scope_changelist"), query)
        assert [scope.name for scope in page.context["cl"].result_list] == names


@pytest.mark.parametrize("model", ["scope", "resourceserver"])
def test_viewer_cannot_write_by_hand(sign_in, api, model: str):
    Scope.objects.create(name="orders:read")
    http = sign_in(f"view_{model}")
    pk = {"scope": Scope, "resourceserver": ResourceServer}[model].objects.get().pk
    for address in (
        url(f"{model}_add"),
        url(f"{model}_change", pk),
        url(f"{model}_delete", pk),
    ):
        assert http.post(address, {"name": "x", "post": "yes"}).status_code == 403
    assert audited() == []


def test_script_in_a_scope_is_escaped(boss: HttpClient, api):
    script = "<script>alert(1)</script>"
    ResourceServer.objects.update(name=script)
    scope = Scope.objects.create(name="a", description=script, resource_server=api)
    for page in (
        url("scope_changelist"),
        url("scope_change", scope.pk),
        url("resourceserver_changelist"),
        url("client_add"),
    ):
        text = boss.get(page).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
