"""Plain Django views behind ``@scopes_required``: functions and classes, sync and async."""

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.test import AsyncClient, override_settings
from django.test import Client as HttpClient
from django.views import View

from oauth_m2m.resource_server import scopes_required
from tests.challenges import BEARER
from tests.conftest import Registered
from tests.error_ids import body_of, challenge_of

pytestmark = pytest.mark.django_db

SYNC = ["/host/plain/7", "/host/plain/class", "/host/plain/template"]
ASYNC = ["/host/plain/async", "/host/plain/class-async", "/host/plain/inherited-async"]

UNAUTHORIZED = {"error": "unauthorized", "error_description": "An access token is required."}
INVALID_TOKEN = {"error": "invalid_token", "error_description": "The access token is not valid."}
MALFORMED = {
    "error": "invalid_request",
    "error_description": "The Authorization header is malformed.",
}
MISSING_SCOPE = {
    "error": "insufficient_scope",
    "error_description": "The access token needs the scope orders:read.",
}
AWAY = {
    "error": "temporarily_unavailable",
    "error_description": "The server is temporarily unable to answer. Try again.",
}


def get_async(path: str, **headers: str):
    """Request *path* under a running event loop."""
    return async_to_sync(AsyncClient().get)(path, headers=headers)


def get_sync(path: str, **headers: str):
    return HttpClient().get(path, headers=headers)


everywhere = pytest.mark.parametrize(
    "get, path",
    [
        *(pytest.param(get_sync, path, id=f"{path} under WSGI") for path in [*SYNC, *ASYNC]),
        *(pytest.param(get_async, path, id=f"{path} under ASGI") for path in [*SYNC, *ASYNC]),
    ],
)


def assert_refused(response, status: int, body: dict[str, str], challenge: str | None):
    assert response.status_code == status
    assert body_of(response) == body
    assert challenge_of(response) == challenge
    assert response["Cache-Control"] == "no-store"
    assert "Authorization" in response["Vary"]


@everywhere
def test_good_token_is_let_in(get, path: str, registered: Registered, bearer):
    assert get(path, **bearer(registered)).status_code == 200


def test_cache_keeps_each_machines_answer_for_itself(register, bearer, http):
    one, other = register("site:read"), register("site:read")
    headers = bearer(one)
    for machine, sent in ((one, headers), (one, headers), (other, bearer(other))):
        response = http.get("/cached", headers=sent)
        assert response.json() == {"user": machine.client_id, "token_of": machine.client_id}
    assert http.get("/cached").status_code == 401


@everywhere
def test_no_token_is_refused_without_an_error_code(get, path: str):
    assert_refused(get(path), 401, UNAUTHORIZED, BEARER)


@everywhere
def test_bad_token_is_refused(get, path: str):
    challenge = (
        f'{BEARER}, error="invalid_token", error_description="The access token is not valid."'
    )
    assert_refused(get(path, Authorization="Bearer m2mt_x"), 401, INVALID_TOKEN, challenge)
    assert_refused(get(path, Authorization="Bearer foreign"), 401, INVALID_TOKEN, challenge)


@everywhere
def test_malformed_header_is_refused(get, path: str):
    challenge = (
        f'{BEARER}, error="invalid_request",'
        ' error_description="The Authorization header is malformed."'
    )
    assert_refused(get(path, Authorization="Bearer a b"), 400, MALFORMED, challenge)


@everywhere
def test_token_without_the_scope_is_refused(get, path: str, register, bearer):
    challenge = (
        f'{BEARER}, error="insufficient_scope",'
        ' error_description="The access token needs the scope orders:read.", scope="orders:read"'
    )
    headers = bearer(register("reports:read"))
    assert_refused(get(path, **headers), 403, MISSING_SCOPE, challenge)


@everywhere
def test_database_away_is_503_and_not_a_bad_token(
    get, path: str, registered: Registered, bearer, request
):
    headers = bearer(registered)
    request.getfixturevalue("database_away")
    response = get(path, **headers)
    assert_refused(response, 503, AWAY, None)
    assert response["Retry-After"] == "5"


def test_all_scopes_are_required(registered: Registered, bearer, http):
    some = http.get("/host/plain/two", headers=bearer(registered))
    assert some.status_code == 403
    assert some.json()["error_description"] == "The access token needs the scope orders:write."
    # A better token asks for all of them.
    assert challenge_of(some).endswith('scope="orders:read orders:write"')
    every = http.get("/host/plain/two", headers=bearer(registered, "orders:write orders:read"))
    assert every.status_code == 200


def test_view_gets_user_token_and_its_arguments(registered: Registered, bearer, http):
    response = http.get("/host/plain/7", headers=bearer(registered))
    name = registered.client_id
    assert response.json() == {"user": name, "token_of": name, "number": 7}


def test_async_view_sees_the_same_user_both_ways(registered: Registered, bearer):
    response = get_async("/host/plain/async", **bearer(registered))
    name = registered.client_id
    assert response.json() == {"user": name, "token_of": name, "same_user": True}


@pytest.mark.parametrize("path", ["/host/plain/class", "/host/plain/class-async"])
def test_class_sees_the_user_on_its_request(path: str, registered: Registered, bearer, http):
    name = registered.client_id
    response = http.get(path, headers=bearer(registered))
    assert response.json() == {"user": name, "token_of": name}


@pytest.mark.parametrize("get", [get_sync, get_async])
def test_djangos_own_decorators_see_the_principal(get, register, bearer):
    readers = Group.objects.create(name="readers")
    readers.permissions.add(Permission.objects.get(codename="view_order"))
    allowed = get(
        "/host/plain/permitted-async", **bearer(register("orders:read", groups=[readers]))
    )
    refused = get("/host/plain/permitted-async", **bearer(register("orders:read")))
    assert (allowed.status_code, refused.status_code) == (200, 403)


def test_session_lets_nobody_in(http, admin_user):
    http.force_login(admin_user)
    assert http.get("/host/plain/7").status_code == 401


def test_guarded_class_answers_other_methods_itself(registered: Registered, bearer, http):
    headers = bearer(registered)
    assert http.delete("/host/plain/class", headers=headers).status_code == 405
    assert http.delete("/host/plain/class-async", headers=headers).status_code == 405
    assert http.delete("/host/plain/class").status_code == 401


def test_post_needs_no_csrf_token(registered: Registered, bearer):
    strict = HttpClient(enforce_csrf_checks=True)
    headers = bearer(registered)
    assert strict.post("/host/plain/7", headers=headers).status_code == 200
    assert strict.post("/host/plain/class", headers=headers).status_code == 200


@pytest.mark.parametrize("path", [*SYNC, *ASYNC])
def test_site_that_requires_login_lets_machines_in(path: str, registered: Registered, bearer, http):
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, required]):
        assert http.get(path, headers=bearer(registered)).status_code == 200
        assert http.get(path).status_code == 401


def view(request):
    return None


@pytest.mark.parametrize(
    "misuse",
    [
        pytest.param(lambda: scopes_required(view), id="no parentheses"),
        pytest.param(lambda: scopes_required(View), id="no parentheses on a class"),
        pytest.param(scopes_required, id="no scopes"),
        pytest.param(lambda: scopes_required(["orders:read"]), id="a list"),
        pytest.param(lambda: scopes_required("orders:read", ""), id="an empty name"),
        pytest.param(lambda: scopes_required("orders:read orders:write"), id="two in one"),
        pytest.param(lambda: scopes_required('a"b'), id="a quote"),
    ],
)
def test_misuse_is_a_type_error(misuse):
    with pytest.raises(TypeError) as caught:
        misuse()
    assert str(caught.value) == (
        'scopes_required takes the names of scopes: @scopes_required("orders:read").'
    )


def test_guarded_view_keeps_its_name():
    @scopes_required("orders:read")
    def daily(request):
        """Say the day."""

    assert (daily.__name__, daily.__doc__) == ("daily", "Say the day.")
