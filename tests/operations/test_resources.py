import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from oauth_m2m.models import ResourceServer, Scope
from oauth_m2m.operations.resources import delete_resource, save_resource

pytestmark = pytest.mark.django_db

API = "https://api.example.com"


def test_new_and_changed_scope_are_saved_and_audited(actor, trail):
    scope = Scope(name="orders:read")
    save_resource(scope, actor=actor)
    scope.description = "See orders"
    save_resource(scope, actor=actor)
    assert Scope.objects.get().description == "See orders"
    assert trail() == [
        ("scope.created", "the tests", "", "", {"name": "orders:read"}),
        ("scope.changed", "the tests", "", "", {"name": "orders:read"}),
    ]


def test_new_and_changed_resource_server_are_saved_and_audited(actor, trail):
    server = ResourceServer(identifier=API, name="Orders")
    save_resource(server, actor=actor)
    server.name = "Orders and invoices"
    save_resource(server, actor=actor)
    assert ResourceServer.objects.get().name == "Orders and invoices"
    assert trail() == [
        ("resource_server.created", "the tests", "", "", {"name": API}),
        ("resource_server.changed", "the tests", "", "", {"name": API}),
    ]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(Scope(name="two words"), id="a scope of two words"),
        pytest.param(ResourceServer(identifier="api", name="A"), id="no absolute URI"),
    ],
)
def test_unacceptable_value_is_not_saved(actor, trail, row):
    with pytest.raises(ValidationError):
        save_resource(row, actor=actor)
    assert not type(row).objects.exists()
    assert trail() == []


def test_deleted_scope_is_taken_from_its_clients(registered, actor, trail):
    before = len(trail())
    delete_resource(Scope.objects.get(name="orders:read"), actor=actor)
    assert list(registered.client.scopes.values_list("name", flat=True)) == ["orders:write"]
    detail = {"name": "orders:read"}
    assert trail(after=before) == [("scope.deleted", "the tests", "", "", detail)]


def test_resource_server_without_scopes_is_deleted(actor, trail):
    server = ResourceServer.objects.create(identifier=API, name="Orders")
    delete_resource(server, actor=actor)
    assert not ResourceServer.objects.exists()
    assert trail() == [("resource_server.deleted", "the tests", "", "", {"name": API})]


def test_resource_server_with_scopes_is_kept_and_nothing_is_audited(actor, trail):
    server = ResourceServer.objects.create(identifier=API, name="Orders")
    Scope.objects.create(name="orders:read", resource_server=server)
    with pytest.raises(ProtectedError):
        delete_resource(server, actor=actor)
    assert ResourceServer.objects.exists()
    assert trail() == []


def test_renamed_scope_keeps_its_former_name_in_the_audit_trail(actor, trail):
    scope = Scope.objects.create(name="orders:read")
    scope.name = "orders:list"
    save_resource(scope, actor=actor)
    detail = {"name": "orders:list", "former_name": "orders:read"}
    assert trail()[-1] == ("scope.changed", "the tests", "", "", detail)


def test_introspecting_clients_are_saved_and_audited_when_they_change(register, actor, trail):
    first, second = (register(client_id=name).client for name in ("a", "b"))
    server = ResourceServer(identifier=API, name="Orders")
    before = len(trail())
    save_resource(server, introspecting_clients=iter([second]), actor=actor)
    save_resource(server, introspecting_clients=[first, second], actor=actor)
    save_resource(server, introspecting_clients=[second, first], actor=actor)
    assert set(server.introspecting_clients.all()) == {first, second}
    details = [detail for *_, detail in trail(after=before)]
    assert details == [
        {"name": API, "introspecting_clients": {"before": [], "after": ["b"]}},
        {"name": API, "introspecting_clients": {"before": ["b"], "after": ["a", "b"]}},
        {"name": API},
    ]


def test_introspecting_clients_that_are_not_given_stay(registered, actor):
    server = ResourceServer(identifier=API, name="Orders")
    save_resource(server, introspecting_clients=[registered.client], actor=actor)
    save_resource(server, actor=actor)
    assert list(server.introspecting_clients.all()) == [registered.client]
    save_resource(server, introspecting_clients=[], actor=actor)
    assert not server.introspecting_clients.exists()
