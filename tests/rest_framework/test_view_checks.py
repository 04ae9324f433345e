"""Views that forgot their scopes, and views that let every machine in."""

import pytest
from django.core.checks import Warning, run_checks  # noqa: A004 - Django's name
from django.test import override_settings
from django.urls import path
from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import (
    AllowAny,
    DjangoModelPermissions,
    DjangoObjectPermissions,
    IsAdminUser,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from oauth_m2m.apps import check_rest_framework_views
from oauth_m2m.rest_framework import HasScopes, IsMachine, MachineTokenAuthentication, has_scopes
from oauth_m2m.rest_framework.view_checks import check_views
from tests.host.views import OrdersByClass

HERE = __name__
MACHINES = (MachineTokenAuthentication,)
FORGOTTEN_HINT = (
    "Name them in required_scopes, or use has_scopes(...) in the place of HasScopes; the"
    " permission for any machine is IsMachine."
)
KEY_HINT = "Correct or remove it: nobody is asked for these scopes."
OPEN_HINT = (
    "Use HasScopes, for people too: HasScopes | (~IsMachine & IsAuthenticated); or IsMachine if"
    " any machine is meant."
)


class View(APIView):
    authentication_classes = MACHINES
    permission_classes = (HasScopes,)

    def get(self, _request):
        raise NotImplementedError

    post = get


class Parcels(ViewSet):
    authentication_classes = MACHINES
    permission_classes = (HasScopes,)

    def list(self, _request):
        raise NotImplementedError

    create = retrieve = list  # noqa: A003 - DRF's name


class Undecided(APIView):
    """Says neither who may call nor how they prove it."""

    def get(self, _request):
        raise NotImplementedError


class UndecidedSubclass(Undecided):
    pass


class Unguarded(Undecided):
    authentication_classes = MACHINES


class Asking(View):
    """Needs a real request to say what it requires."""

    def get_permissions(self):
        return [has_scopes(f"orders:{self.request.user.username}")()]


class AskingHasScopes(HasScopes):
    def get_required_scopes(self, request, _view):
        return (f"orders:{request.user.username}",)


PARCELS = {"get": "list", "post": "create"}


def forgotten(name: str, words: str) -> Warning:
    return Warning(
        f"{HERE}.{name} uses HasScopes and its required_scopes does not say which for {words}:"
        " every machine is refused there.",
        hint=FORGOTTEN_HINT,
        id="oauth_m2m.W009",
    )


def unknown(name: str, key: object, of: str) -> Warning:
    return Warning(
        f"{HERE}.{name} has the key {key!r} in required_scopes, which is none of its {of}.",
        hint=KEY_HINT,
        id="oauth_m2m.W009",
    )


def open_to_machines(name: str, words: str) -> Warning:
    return Warning(
        f"{HERE}.{name} lets every machine in, whatever its scopes, for {words}.",
        hint=OPEN_HINT,
        id="oauth_m2m.W010",
    )


@pytest.fixture
def check(settings):
    """Check a site of these views."""

    def check(*views: object) -> list:
        settings.ROOT_URLCONF = tuple(path(str(n), view) for n, view in enumerate(views))
        return check_views()

    return check


@pytest.mark.parametrize(
    "declared, words",
    [
        pytest.param(None, "GET, POST", id="nothing"),
        pytest.param([], "GET, POST", id="an empty list"),
        pytest.param(7, "GET, POST", id="a number"),
        pytest.param({"GET": ["orders:read"]}, "POST", id="not a method"),
        pytest.param({"get": ["orders:read"], "POST": []}, "POST", id="an empty list for one"),
    ],
)
def test_w009_names_the_methods_that_were_forgotten(declared, words: str, check):
    with_scopes = type("View", (View,), {"required_scopes": declared, "__module__": HERE})
    assert check(with_scopes.as_view()) == [forgotten("View", words)]


@pytest.mark.parametrize(
    "declared, words",
    [
        pytest.param(None, "list, create", id="nothing"),
        pytest.param({"list": ["parcels:read"]}, "create", id="not an action"),
        pytest.param({"retrieve": ["parcels:read"]}, "list, create", id="an action elsewhere"),
        pytest.param({"POST": ["parcels:write"]}, "list", id="a method alone"),
    ],
)
def test_w009_names_the_actions_that_were_forgotten(declared, words: str, check):
    parcels = type("Parcels", (Parcels,), {"required_scopes": declared, "__module__": HERE})
    assert check(parcels.as_view(PARCELS)) == [forgotten("Parcels", words)]


@pytest.mark.parametrize(
    "permission",
    [
        pytest.param(HasScopes | IsAdminUser, id="or"),
        pytest.param(IsAdminUser & HasScopes, id="and"),
        pytest.param(IsMachine & ~HasScopes, id="not"),
    ],
)
def test_w009_looks_into_composed_permissions(permission, check):
    view = type("View", (View,), {"permission_classes": (permission,), "__module__": HERE})
    assert check(view.as_view()) == [forgotten("View", "GET, POST")]


def test_w009_names_unknown_keys(check):
    scopes = ["orders:read"]
    every = {"GET": scopes, "post": scopes, "Put": scopes, "list": scopes, 7: scopes}
    view = type("View", (View,), {"required_scopes": every, "__module__": HERE})
    assert check(view.as_view()) == [unknown("View", key, "methods") for key in ("Put", "list", 7)]
    every = {"list": scopes, "retrieve": scopes, "metadata": scopes, "POST": scopes}
    wrong = {"creat": scopes, "permission_classes": scopes, 7: scopes}
    parcels = type("Parcels", (Parcels,), {"required_scopes": every | wrong, "__module__": HERE})
    assert check(parcels.as_view(PARCELS)) == [
        unknown("Parcels", key, "actions and methods") for key in wrong
    ]


def test_keys_are_of_no_interest_where_nobody_looks_at_scopes(check):
    fields = {"required_scopes": {"list": ["x"]}, "permission_classes": (IsMachine,)}
    assert check(type("View", (View,), fields).as_view()) == []


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param(["orders:read"], id="a list"),
        pytest.param("orders:read orders:write", id="a text"),
        pytest.param({"GET": ["orders:read"], "post": "orders:write"}, id="by method"),
        pytest.param({"GET": "a", "POST": "b", "OPTIONS": "c", "HEAD": "d"}, id="implied methods"),
    ],
)
def test_view_that_says_its_scopes_is_silent(declared, check):
    assert check(type("View", (View,), {"required_scopes": declared}).as_view()) == []


def test_class_for_each_action_is_silent(check):
    assert check(OrdersByClass.as_view(PARCELS)) == []


def test_view_that_needs_a_real_request_to_say_is_passed_over(check):
    asking = type("Asking", (View,), {"permission_classes": (AskingHasScopes,)})
    assert check(Asking.as_view(), asking.as_view()) == []


def test_view_behind_several_urls_is_named_once(check):
    assert check(View.as_view(), View.as_view()) == [forgotten("View", "GET, POST")]
    one, another = Parcels.as_view(PARCELS), Parcels.as_view({"get": "retrieve"})
    assert check(one, another) == [forgotten("Parcels", "list, create, retrieve")]


@pytest.mark.parametrize(
    "permissions, words",
    [
        pytest.param([IsAuthenticated], "GET, POST", id="IsAuthenticated"),
        pytest.param([IsAuthenticatedOrReadOnly], "GET, POST", id="IsAuthenticatedOrReadOnly"),
        pytest.param([AllowAny, IsAuthenticated], "GET, POST", id="a list of such"),
        pytest.param([IsAuthenticated | IsAdminUser], "GET, POST", id="either"),
        pytest.param([AllowAny & IsAuthenticated], "GET, POST", id="both"),
        pytest.param([DjangoModelPermissions], "GET", id="Django's, which let everybody read"),
    ],
)
def test_w010_names_the_view_that_lets_every_machine_in(permissions, words: str, check):
    view = type("View", (View,), {"permission_classes": permissions, "__module__": HERE})
    assert check(view.as_view()) == [open_to_machines("View", words)]


@pytest.mark.parametrize(
    "permissions",
    [
        pytest.param([has_scopes("orders:read")], id="scopes"),
        pytest.param([IsMachine], id="any machine is meant"),
        pytest.param([HasScopes | (~IsMachine & IsAuthenticated)], id="people too"),
        pytest.param([~IsMachine & IsAuthenticated], id="people alone"),
        pytest.param([IsAuthenticated, IsAdminUser], id="staff"),
        pytest.param([IsAuthenticated & IsAdminUser], id="staff, composed"),
        pytest.param([TokenHasScope], id="the toolkit's"),
        pytest.param([DjangoObjectPermissions], id="Django's for objects"),
        pytest.param([type("Weekdays", (IsAuthenticated,), {})], id="one of the host's"),
        pytest.param([AllowAny], id="open to everybody, and says so"),
    ],
)
def test_view_that_is_meant_so_is_silent(permissions, check):
    fields = {"permission_classes": permissions, "required_scopes": ["orders:read"]}
    assert check(type("View", (View,), fields).as_view()) == []


def test_view_without_machine_tokens_is_none_of_our_business(check):
    fields = {
        "permission_classes": (IsAuthenticated,),
        "authentication_classes": (SessionAuthentication,),
    }
    assert check(type("View", (View,), fields).as_view()) == []


def test_w010_names_the_view_that_was_given_no_permissions(check):
    assert check(Unguarded.as_view()) == [
        Warning(
            f"{HERE}.Unguarded accepts machine tokens and has no permission classes: everybody is"
            " let in, with a token or without.",
            hint="Use HasScopes, or say permission_classes = [AllowAny] if that is meant.",
            id="oauth_m2m.W010",
        )
    ]


def test_w010_names_all_views_that_accept_machines_by_default_at_once(check, monkeypatch):
    monkeypatch.setattr(APIView, "authentication_classes", [MachineTokenAuthentication])
    monkeypatch.setattr(APIView, "permission_classes", [IsAuthenticated])

    @api_view()
    def function(_request):
        raise NotImplementedError

    assert check(Undecided.as_view(), UndecidedSubclass.as_view(), function) == [
        Warning(
            "DEFAULT_AUTHENTICATION_CLASSES accepts machine tokens, and these views let every"
            f" machine in, whatever its scopes: {HERE}.Undecided, {HERE}.UndecidedSubclass,"
            f" {HERE}.function.",
            hint=OPEN_HINT,
            id="oauth_m2m.W010",
        )
    ]


def test_project_that_is_open_by_default_was_open_before(check, monkeypatch):
    monkeypatch.setattr(APIView, "authentication_classes", [MachineTokenAuthentication])
    assert check(Undecided.as_view()) == []


def test_function_views_are_checked(check):
    @api_view(["GET"])
    @authentication_classes(MACHINES)
    @permission_classes([HasScopes])
    def scoped(_request):
        raise NotImplementedError

    @api_view(["GET"])
    @authentication_classes(MACHINES)
    @permission_classes([IsAuthenticated])
    def unscoped(_request):
        raise NotImplementedError

    assert check(scoped, unscoped) == [
        forgotten("scoped", "GET"),
        open_to_machines("unscoped", "GET"),
    ]


def test_manage_py_check_runs_them():
    with override_settings(ROOT_URLCONF=(path("", View.as_view()),)):
        assert forgotten("View", "GET, POST") in run_checks()


def test_the_example_project_is_silent():
    with override_settings(ROOT_URLCONF="example_project.urls"):
        assert check_rest_framework_views(None) == []


def test_site_without_drf_is_not_looked_at():
    apps = ["django.contrib.auth", "django.contrib.contenttypes", "oauth_m2m"]
    with override_settings(ROOT_URLCONF=(path("", View.as_view()),), INSTALLED_APPS=apps):
        assert check_rest_framework_views(None) == []
