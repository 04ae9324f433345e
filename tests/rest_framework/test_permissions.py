"""Scopes on real views, alone and composed."""

import logging

import pytest
from django.contrib.auth.models import Group, Permission

from example_project.models import Order
from oauth_m2m.rest_framework import has_scopes
from tests.challenges import BEARER
from tests.conftest import Registered
from tests.error_ids import challenge_of
from tests.host import views

pytestmark = pytest.mark.django_db

LOGGER = "oauth_m2m.rest_framework"
DENIED = {"detail": "You do not have permission to perform this action."}
NO_TOKEN = {"detail": "Authentication credentials were not provided."}
ORDER = {"article": "tea", "quantity": 2}


def assert_insufficient(response, missing: str, required: str = "") -> None:
    assert response.status_code == 403
    assert response.json() == {"detail": f"The access token needs the scope {missing}."}
    assert challenge_of(response) == (
        f'{BEARER}, error="insufficient_scope",'
        f' error_description="The access token needs the scope {missing}.",'
        f' scope="{required or missing}"'
    )


def assert_denied(response) -> None:
    assert response.status_code == 403
    assert response.json() == DENIED
    assert not response.has_header("WWW-Authenticate")


@pytest.fixture
def call(http, register, bearer):
    """Call a view with a token of exactly these scopes: ``call("get", path, "orders:read")``."""

    def call(method: str, path: str, *scopes: str, **fields: object):
        return getattr(http, method)(path, fields, headers=bearer(register(*scopes)))

    return call


@pytest.mark.parametrize(
    "path, scopes",
    [
        pytest.param("/host/listed", ["orders:read"], id="a list"),
        pytest.param("/host/worded", ["orders:read", "orders:write"], id="a string of two"),
        pytest.param("/host/two", ["orders:read", "orders:write"], id="has_scopes"),
        pytest.param("/host/function", ["orders:read"], id="a function view"),
        pytest.param("/host/by-method", ["orders:read"], id="by method"),
        pytest.param("/host/machines-or-people", ["orders:read"], id="composed with or"),
    ],
)
def test_scopes_are_enough_and_needed(path: str, scopes: list[str], call):
    assert call("get", path, *scopes, "reports:read").status_code == 200
    for missing in scopes:
        others = [scope for scope in scopes if scope != missing]
        answer = call("get", path, *others, "reports:read")
        assert_insufficient(answer, missing, " ".join(scopes))


def test_composed_with_and_names_the_scope_that_is_missing(call):
    path = "/host/scope-and-scope"
    assert call("get", path, "orders:read", "orders:write").status_code == 200
    assert_insufficient(call("get", path, "orders:write"), "orders:read")
    assert_insufficient(call("get", path, "orders:read"), "orders:write")


def test_scope_can_be_forbidden(call):
    assert call("get", "/host/without-scope", "orders:read").status_code == 200
    assert_denied(call("get", "/host/without-scope", "orders:write"))


def test_any_machine_is_a_machine(call, http):
    assert call("get", "/host/machines", "reports:read").status_code == 200
    response = http.get("/host/machines")
    assert response.status_code == 401
    assert response.json() == NO_TOKEN
    assert challenge_of(response) == BEARER


def test_each_method_has_its_scopes(call):
    path = "/host/by-method"
    assert call("post", path, "orders:write").status_code == 200
    assert_insufficient(call("post", path, "orders:read"), "orders:write")
    assert_insufficient(call("get", path, "orders:write"), "orders:read")


def test_head_needs_what_get_needs(call):
    assert call("head", "/host/by-method", "orders:read").status_code == 200
    assert call("head", "/host/by-method", "orders:write").status_code == 403
    assert call("head", "/host/orders/", "orders:read").status_code == 200


@pytest.mark.parametrize(
    "method, path, needed",
    [
        pytest.param("get", "/host/orders/", "orders:read", id="list"),
        pytest.param("post", "/host/orders/", "orders:write", id="create"),
        pytest.param("get", "/host/orders/export/", "orders:export", id="falls to the method"),
    ],
)
def test_each_action_has_its_scopes(method: str, path: str, needed: str, call):
    every = {"orders:read", "orders:write", "orders:export"}
    assert call(method, path, needed, **ORDER).status_code in {200, 201}
    assert_insufficient(call(method, path, *(every - {needed}), **ORDER), needed)
    assert Order.objects.count() == (method == "post")


@pytest.mark.parametrize(
    "method, path, named",
    [
        pytest.param("get", "/host/forgotten", "ForgottenScopes does not say", id="none"),
        pytest.param("get", "/host/empty", "EmptyScopes does not say", id="an empty list"),
        pytest.param("get", "/host/misspelt", "MisspeltScopes does not say", id="an unknown key"),
        pytest.param("get", "/host/negated", "NegatedScopes does not say", id="negated"),
        pytest.param("get", "/host/or-anybody", "ScopesOrAnybody does not say", id="or anybody"),
        pytest.param("put", "/host/by-method", "MethodScopes does not say", id="not the method"),
        pytest.param("delete", "/host/orders/1/", "Orders does not say", id="not the action"),
    ],
)
def test_view_that_forgot_its_scopes_refuses_and_tells_the_operator(
    method: str, path: str, named: str, call, caplog
):
    assert_denied(call(method, path, "orders:read", "orders:write"))
    [said] = [record for record in caplog.records if record.name == LOGGER]
    action = "destroy" if method == "delete" else method.upper()
    assert said.levelno == logging.ERROR
    assert said.getMessage() == f"{named} required_scopes for {action}: refused"


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param(None, id="nothing"),
        pytest.param("", id="an empty text"),
        pytest.param(" ", id="a space"),
        pytest.param(7, id="a number"),
        pytest.param(True, id="a truth"),
        pytest.param(["orders:read", ""], id="an empty name"),
        pytest.param(["orders:read", None], id="no name"),
        pytest.param(["orders:read orders:write"], id="two in one"),
        pytest.param(['orders"read'], id="a quote"),
        pytest.param([["orders:read"]], id="a list in a list"),
        pytest.param({}, id="an empty dict"),
        pytest.param({"GET": []}, id="an empty list for the method"),
        pytest.param({"GET": {"POST": ["orders:read"]}}, id="a dict for the method"),
        pytest.param({"Get": ["orders:read"]}, id="a method in neither case"),
        pytest.param({"list": ["orders:read"]}, id="an action of a view that has none"),
    ],
)
def test_what_is_no_list_of_scopes_lets_no_machine_in(declared, call, monkeypatch, caplog):
    monkeypatch.setattr(views.ForgottenScopes, "required_scopes", declared, raising=False)
    assert_denied(call("get", "/host/forgotten", "orders:read", "orders:write"))
    [said] = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert said == "ForgottenScopes does not say required_scopes for GET: refused"


@pytest.mark.parametrize(
    "declared",
    [["orders:read"], ("orders:read",), {"orders:read"}, frozenset({"orders:read"}), "orders:read"],
    ids=["list", "tuple", "set", "frozen set", "text"],
)
def test_scopes_may_be_of_any_plain_kind(declared, call, monkeypatch):
    for said in (declared, {"GET": declared}, {"get": declared}):
        monkeypatch.setattr(views.ForgottenScopes, "required_scopes", said, raising=False)
        assert call("get", "/host/forgotten", "orders:read").status_code == 200
        assert_insufficient(call("get", "/host/forgotten", "orders:write"), "orders:read")


def test_person_passes_a_view_that_forgot_the_scopes_of_machines(http, admin_user):
    http.force_login(admin_user)
    assert http.get("/host/or-anybody").status_code == 200


def test_each_action_can_have_a_class_of_its_own(call):
    path = "/host/by-class/"
    assert call("get", path, "orders:read").status_code == 200
    assert call("post", path, "orders:write", **ORDER).status_code == 201
    assert_insufficient(call("get", path, "orders:write"), "orders:read")
    assert_insufficient(call("post", path, "orders:read", **ORDER), "orders:write")


def test_strangers_cannot_fill_the_log(http, caplog):
    assert http.get("/host/forgotten").status_code == 401
    assert http.options("/host/by-method").status_code == 401
    assert [record for record in caplog.records if record.name == LOGGER] == []


def test_person_is_let_in_where_the_view_says_so(http, admin_user):
    http.force_login(admin_user)
    assert http.get("/host/machines-or-people").status_code == 200


def test_stranger_is_challenged_where_people_may_come(http):
    response = http.get("/host/machines-or-people")
    assert response.status_code == 401
    assert challenge_of(response) == BEARER


def test_single_object_is_shown_to_machines_with_the_scope_and_to_people(call, http, admin_user):
    path = f"/host/orders/{Order.objects.create(**ORDER).pk}/"
    assert call("get", path, "orders:read").json() == ORDER
    assert_insufficient(call("get", path, "orders:write"), "orders:read")
    http.force_login(admin_user)
    assert http.get(path).json() == ORDER


def test_refusal_of_one_request_does_not_stay_for_the_next(call, http, admin_user):
    assert_insufficient(call("get", "/host/machines-or-people", "orders:write"), "orders:read")
    assert call("get", "/host/machines-or-people", "orders:read").status_code == 200
    http.force_login(admin_user)
    assert http.get("/host/machines-or-people").status_code == 200


PERMITTED = [
    pytest.param(("get", [], 200), id="reading needs no permission of Django's"),
    pytest.param(("post", [], 403), id="writing needs one"),
    pytest.param(("post", ["change_order"], 403), id="another does not help"),
    pytest.param(("post", ["add_order"], 201), id="the permission of a group is enough"),
]


@pytest.mark.parametrize("form", ["opaque", "jwt"])
@pytest.mark.parametrize("path", ["/host/group-permissions", "/host/group-or-anonymous"])
@pytest.mark.parametrize("case", PERMITTED)
def test_djangos_model_permissions_hold_for_machines_as_for_people(
    case, path, form, register, bearer, http, django_user_model
):
    method, permissions, status = case
    group = Group.objects.create(name="a group")
    group.permissions.set(Permission.objects.filter(codename__in=permissions))
    person = django_user_model.objects.create_user("person")
    person.groups.add(group)
    robot = django_user_model.objects.create_user("robot")
    robot.groups.add(group)
    clients = (
        register("x", groups=[group], token_format=form),
        register("x", service_account=robot, token_format=form),
    )
    for client in clients:
        answer = getattr(http, method)(path, ORDER, headers=bearer(client))
        assert answer.status_code == status
    http.force_login(person)
    assert getattr(http, method)(path, ORDER).status_code == status


def test_anonymous_may_read_where_django_says_so(http):
    assert http.get("/host/group-or-anonymous").status_code == 200
    assert http.post("/host/group-or-anonymous", ORDER).status_code == 401
    assert http.get("/host/group-permissions").status_code == 401


@pytest.mark.parametrize("permissions", [[], ["view_order", "change_order", "delete_order"]])
def test_djangos_object_permissions_say_no_to_machines_as_to_people(
    permissions, register, bearer, http, django_user_model
):
    # Django's own backend has no permissions for single objects.
    group = Group.objects.create(name="a group")
    group.permissions.set(Permission.objects.filter(codename__in=permissions))
    person = django_user_model.objects.create_user("person")
    person.groups.add(group)
    path = f"/host/object-permissions/{Order.objects.create(**ORDER).pk}"
    client = bearer(register("x", groups=[group]))
    machines = [getattr(http, verb)(path, headers=client).status_code for verb in ("get", "delete")]
    http.force_login(person)
    assert machines == [getattr(http, verb)(path).status_code for verb in ("get", "delete")]
    assert Order.objects.count() == 1


def test_is_authenticated_lets_every_machine_in(call, http):
    assert call("get", "/host/authenticated", "reports:read").status_code == 200
    assert http.get("/host/authenticated").status_code == 401


def test_service_account_is_judged_by_the_scopes_of_its_token(register, bearer, http, admin_user):
    registered = register("reports:read", service_account=admin_user)
    response = http.get("/host/machines-or-people", headers=bearer(registered))
    assert_insufficient(response, "orders:read")


def test_default_scopes_alone_are_not_enough_for_an_optional_one(
    registered: Registered, bearer, http
):
    assert http.get("/host/two", headers=bearer(registered)).status_code == 403
    headers = bearer(registered, "orders:read orders:write")
    assert http.get("/host/two", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "scopes",
    [
        pytest.param([], id="none"),
        pytest.param([["orders:read"]], id="a list"),
        pytest.param([""], id="an empty name"),
        pytest.param(["orders:read orders:write"], id="two in one"),
        pytest.param(['orders"read'], id="a quote"),
    ],
)
def test_misuse_of_has_scopes_is_a_type_error(scopes: list):
    with pytest.raises(TypeError) as caught:
        has_scopes(*scopes)
    assert str(caught.value) == ('has_scopes takes the names of scopes: has_scopes("orders:read").')
