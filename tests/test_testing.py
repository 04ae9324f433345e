"""The testing kit, with each test client, at each door."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.test import AsyncClient, AsyncRequestFactory, RequestFactory, override_settings
from django.test import Client as DjangoClient
from rest_framework.test import APIClient, APIRequestFactory

from oauth_m2m import usage
from oauth_m2m.errors import InvalidRequest
from oauth_m2m.models import AccessToken, Client, Scope
from oauth_m2m.resource_server import authenticate_request
from oauth_m2m.testing import force_machine, machine_client

DRF, PLAIN, PLAIN_ASYNC = "/host/listed", "/host/plain/7", "/host/plain/async"
NAMES = {
    "client": {"user": "billing", "is_row": False, "pk": "m2m:billing", "token_of": "billing"},
    "robot": {"user": "robot", "is_row": True, "pk": None, "token_of": "billing"},
}


def get(client, path: str, **headers: str):
    """GET, with a client of either kind."""
    if isinstance(client, AsyncClient):
        return async_to_sync(client.get)(path, headers=headers)
    return client.get(path, headers=headers)


clients = pytest.mark.parametrize("client_class", [DjangoClient, APIClient, AsyncClient])


@clients
@pytest.mark.parametrize("path", [DRF, PLAIN, PLAIN_ASYNC])
def test_forced_machine_is_let_in_without_a_database(client_class, path):
    client = force_machine(client_class(), ["orders:read"], client_id="billing")
    for _ in range(2):
        response = get(client, path)
        assert (response.status_code, response.json()["token_of"]) == (200, "billing")


@clients
@pytest.mark.parametrize("path", [DRF, PLAIN, PLAIN_ASYNC])
def test_forced_machine_needs_the_scope(client_class, path):
    response = get(force_machine(client_class(), ["orders:write"]), path)
    assert response.status_code == 403
    assert 'scope="orders:read"' in response.headers["WWW-Authenticate"]


@clients
def test_other_clients_stay_nobody(client_class):
    force_machine(client_class(), ["orders:read"])
    assert get(client_class(), PLAIN).status_code == 401


@clients
def test_second_call_replaces_the_first(client_class):
    client = force_machine(client_class(), ["orders:read"], client_id="first")
    refused = get(force_machine(client, ["orders:write"]), PLAIN)
    # The refusal was not written down: the id says so, where others lead to the audit trail.
    assert (refused.status_code, refused.json()["error_id"]) == (403, "oauth_m2m.forced_machine")


@pytest.mark.parametrize("factory", [RequestFactory, APIRequestFactory, AsyncRequestFactory])
def test_request_of_a_factory_is_the_machines(factory):
    request = force_machine(factory(), ["orders:read"], client_id="billing").get("/")
    user, token = authenticate_request(request)
    assert (user.username, token.scopes) == ("billing", ("orders:read",))


def test_machine_has_a_name_of_its_own_by_default():
    _, token = authenticate_request(force_machine(RequestFactory()).get("/"))
    assert (token.client_id, token.scopes, token.claims["sub"]) == ("a-machine", (), "a-machine")


@clients
def test_machine_goes_before_the_header(client_class):
    client = force_machine(client_class(), ["orders:read"])
    assert get(client, DRF, Authorization="Bearer m2mt_unknown").status_code == 200


@clients
@pytest.mark.django_db(transaction=True)
def test_machine_follows_redirects(client_class):
    client = force_machine(client_class(), ["orders:read"])
    get = async_to_sync(client.get) if client_class is AsyncClient else client.get
    response = get("/api/orders", follow=True)
    assert (response.status_code, len(response.redirect_chain)) == (200, 1)


def test_principal_and_service_account_are_what_views_see():
    client = force_machine(APIClient(), ["orders:read"], client_id="billing")
    assert client.get(DRF).json() == NAMES["client"]
    robot = get_user_model()(username="robot")
    force_machine(client, ["orders:read"], client_id="billing", service_account=robot)
    assert client.get(DRF).json() == NAMES["robot"]


@pytest.mark.django_db
@pytest.mark.parametrize("named", [True, False], ids=["by name", "as a row"])
def test_groups_give_permissions(named):
    readers = Group.objects.create(name="readers")
    readers.permissions.add(Permission.objects.get(codename="add_order"))
    order, path = {"article": "tea", "quantity": 1}, "/host/group-permissions"
    assert force_machine(APIClient()).post(path, order).status_code == 403
    client = force_machine(APIClient(), groups=["readers" if named else readers])
    assert client.post(path, order).status_code == 201


@pytest.mark.parametrize(
    "scopes",
    ["orders:read", [""], ["orders:read orders:write"], ['a"b'], [None]],
    ids=["a word", "empty", "two in one", "quoted", "not text"],
)
def test_scopes_that_are_no_list_of_names_are_refused(scopes):
    for make in (lambda: force_machine(APIClient(), scopes), lambda: machine_client(scopes)):
        with pytest.raises(ValueError, match="scopes is a list of names"):
            make()


def test_only_test_clients_can_be_a_machine():
    with pytest.raises(TypeError, match="takes a test client of Django or DRF, not <object"):
        force_machine(object(), ["orders:read"])


@pytest.mark.django_db
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
@pytest.mark.parametrize("client_class", [DjangoClient, APIClient, None])
def test_real_token_is_accepted_and_can_be_stopped(client_class, token_format):
    client = machine_client(
        ["orders:read"],
        client_class=client_class,
        client_id="billing",
        token_format=token_format,
    )
    assert type(client) is (client_class or APIClient)
    assert client.get(DRF).json() == NAMES["client"]
    assert client.get(PLAIN).json()["token_of"] == "billing"
    assert client.get("/host/two").status_code == 403
    assert AccessToken.objects.count() == (token_format == "opaque")
    Client.objects.get(client_id="billing").delete()
    if token_format == "opaque":
        assert client.get(DRF).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_async_client_sends_a_real_token():
    client = machine_client(["orders:read"], client_class=AsyncClient)
    assert get(client, PLAIN_ASYNC).status_code == 200


@pytest.mark.django_db
def test_project_without_drf_gets_djangos_client(settings):
    apps = [app for app in settings.INSTALLED_APPS if app != "rest_framework"]
    with override_settings(INSTALLED_APPS=apps):
        client = machine_client(["orders:read"])
    assert type(client) is DjangoClient
    assert client.get(PLAIN).status_code == 200


@pytest.mark.django_db
def test_registered_client_is_what_was_asked_for():
    readers = Group.objects.create(name="readers")
    Scope.objects.create(name="orders:read", description="kept")
    account = get_user_model().objects.create_user("robot")
    machine_client(["orders:read", "new"], groups=["readers"], service_account=account)
    client = Client.objects.get()
    assert client.service_account == account
    assert list(client.groups.all()) == [readers]
    granted = client.scope_grants.values_list("scope__name", "scope__description", "is_default")
    assert sorted(granted) == [("new", "", True), ("orders:read", "kept", True)]


@pytest.mark.django_db
def test_network_of_the_client_is_held_at_the_api():
    client = machine_client(["orders:read"], allowed_networks=["192.0.2.0/24"])
    assert client.get(DRF).status_code == 401
    assert client.get(DRF, REMOTE_ADDR="192.0.2.1").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments, error",
    [
        pytest.param({"scopes": []}, ValueError, id="no scopes"),
        pytest.param({"color": "red"}, TypeError, id="unknown field"),
        pytest.param({"rate_limit": "often"}, ValidationError, id="bad field"),
        pytest.param({"groups": ["nobody"]}, Group.DoesNotExist, id="unknown group"),
        pytest.param({"requires_dpop": True}, InvalidRequest, id="token must be bound"),
    ],
)
def test_client_that_could_get_no_token_is_refused(arguments, error):
    with pytest.raises(error):
        machine_client(**{"scopes": ["orders:read"], **arguments})


@pytest.mark.django_db
def test_counters_are_not_written_during_a_later_test(monkeypatch):
    client = machine_client(["orders:read"])
    monkeypatch.setattr(usage, "FLUSH_INTERVAL_SECONDS", 0.0)
    client.get(PLAIN)
    assert Client.objects.get().last_used_at is None
    usage.flush()
    assert Client.objects.get().last_used_at is not None


@pytest.mark.parametrize("client_class", [DjangoClient, AsyncClient])
def test_middleware_takes_a_forced_machine(client_class, settings):
    settings.MIDDLEWARE = [
        "oauth_m2m.resource_server.MachineTokenMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ]
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "PROTECTED_PATHS": {"/host/plain/": {"GET": ["orders:read"]}},
    }
    assert get(client_class(), PLAIN).status_code == 401
    client = force_machine(client_class(), ["orders:read"], client_id="billing")
    assert get(client, PLAIN).json()["token_of"] == "billing"
    assert get(force_machine(client, ["other"]), PLAIN).status_code == 403
    post = async_to_sync(client.post) if client_class is AsyncClient else client.post
    assert post(PLAIN).status_code == 405
