"""What URLs lead to, however it is wrapped, and whatever else stands in the URLconf."""

from functools import partial, wraps

import pytest
from django.http import HttpResponse
from django.urls import include, path, re_path
from django.views import View
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from rest_framework.decorators import api_view
from rest_framework.routers import DefaultRouter
from rest_framework.viewsets import ViewSet

from oauth_m2m.rest_framework.url_walk import routed_views
from tests.host.views import Answering, ListedScopes, Orders


@api_view(["GET", "POST"])
def function(_request):
    raise NotImplementedError


class Parcels(ViewSet):
    def list(self, _request):
        raise NotImplementedError

    def retrieve(self, _request, pk):
        raise NotImplementedError


def hidden(view):
    """Wrap without copying what the view says of itself."""

    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    wrapper.__wrapped__ = view
    return wrapper


def decorated(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


class Everything:
    """Has every attribute that it is asked for, as a mock has."""

    def __getattr__(self, _name: str) -> object:
        return self

    def __call__(self, *_args: object) -> HttpResponse:
        raise NotImplementedError


def circle(*_args):
    raise NotImplementedError


circle.__wrapped__ = circle


@pytest.fixture
def walk(settings):
    """Return ``(class, calls)`` of each view: ``walk(view)`` or ``walk(urls=[...])``."""

    def walk(*views: object, urls: object = ()) -> list[tuple[str, list[tuple[str, str | None]]]]:
        settings.ROOT_URLCONF = (*(path(str(n), view) for n, view in enumerate(views)), *urls)
        return [
            (
                routed.view_class.__name__,
                [(method, getattr(view, "action", None)) for method, view in routed.calls()],
            )
            for routed in routed_views()
        ]

    return walk


ANSWERING = [("Answering", [("get", None), ("post", None), ("put", None)])]


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda view: view, id="bare"),
        pytest.param(csrf_exempt, id="csrf_exempt"),
        pytest.param(cache_page(1), id="cache_page"),
        pytest.param(decorated, id="a decorator of the host's"),
        pytest.param(hidden, id="a decorator that hides it"),
        pytest.param(lambda view: hidden(hidden(partial(view, number=1))), id="several"),
        pytest.param(partial, id="partial"),
    ],
)
def test_class_is_found_behind_decorators(wrap, walk):
    assert walk(wrap(Answering.as_view())) == ANSWERING


def test_function_is_found(walk):
    assert walk(function) == [("function", [("get", None), ("post", None)])]


def test_view_set_is_found_with_the_actions_of_each_url(walk):
    router = DefaultRouter()
    router.register("parcels", Parcels, basename="parcel")
    found = walk(urls=router.urls)
    # The router's own root comes twice, with and without a format.
    assert next(calls for name, calls in found if name == "APIRootView") == [("get", None)]
    assert [entry for entry in found if entry[0] == "Parcels"][::2] == [
        ("Parcels", [("get", "list")]),
        ("Parcels", [("get", "retrieve")]),
    ]


def test_methods_that_are_implied_are_left_out(walk):
    bound = Orders.as_view({"get": "list", "head": "list", "options": "metadata"})
    assert walk(bound) == [("Orders", [("get", "list")])]


def test_what_as_view_was_given_is_given_to_the_view(settings):
    settings.ROOT_URLCONF = (path("", ListedScopes.as_view(required_scopes=["x"])),)
    [routed] = routed_views()
    assert [view.required_scopes for _, view in routed.calls()] == [["x"]] * 3
    assert routed.name == "tests.host.views.ListedScopes"


def test_nested_includes_are_walked(walk):
    inner = [re_path(r"^x/(?P<number>\d+)$", Answering.as_view())]
    middle = [path("b/", include((inner, "app"), namespace="n")), path("c", function)]
    assert walk(urls=[path("a/", include(middle))]) == [*ANSWERING, *walk(function)]


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(View.as_view(), id="a plain class"),
        pytest.param(lambda _request: None, id="a lambda"),
        pytest.param(partial(print), id="a partial of a builtin"),
        pytest.param(Everything(), id="an object with every attribute"),
        pytest.param(circle, id="a view that wraps itself"),
    ],
)
def test_other_views_are_passed_over(view, walk):
    assert walk(view, Answering.as_view()) == ANSWERING


class Raises:
    @property
    def urlpatterns(self):
        message = "half a project"
        raise RuntimeError(message)


@pytest.mark.parametrize(
    "urlconf",
    [
        pytest.param((), id="empty"),
        pytest.param("no.such.module", id="not there"),
        pytest.param("tests.conftest", id="no URLs in it"),
        pytest.param(7, id="a number"),
        pytest.param(Raises(), id="fails"),
        pytest.param(("x", None), id="entries of no kind"),
    ],
)
def test_broken_urls_are_left_to_djangos_own_check(urlconf, settings):
    settings.ROOT_URLCONF = urlconf
    assert routed_views() == []


def test_project_without_urls_has_no_views(settings):
    del settings.ROOT_URLCONF
    assert routed_views() == []
