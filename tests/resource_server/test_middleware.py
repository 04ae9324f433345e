"""A site that never heard of tokens, behind MachineTokenMiddleware."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client as HttpClient
from django.urls import resolve

from tests.challenges import BEARER
from tests.host import site_views
from tests.resource_server.guarded_site import (
    NO_TOKEN,
    VIEWS,
    assert_refused,
    set_paths,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guarded")]

INVALID_TOKEN = {"error": "invalid_token", "error_description": "The access token is not valid."}
MALFORMED = {
    "error": "invalid_request",
    "error_description": "The Authorization header is malformed.",
}
AWAY = {
    "error": "temporarily_unavailable",
    "error_description": "The server is temporarily unable to answer. Try again.",
}
METHOD = {"error": "invalid_request", "error_description": "This method is not allowed."}


@pytest.mark.parametrize("path", VIEWS)
def test_view_sees_the_machine(site, path, reader, bearer):
    response = site.send("GET", path, **bearer(reader))
    assert response.status_code == 200
    assert response.json() == {"user": reader.client_id, "token_of": reader.client_id}
    assert "Authorization" in response["Vary"]


@pytest.mark.parametrize("path", VIEWS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_token_is_refused_without_an_error_code(site, method, path):
    assert_refused(site.send(method, path), 401, NO_TOKEN, BEARER)


@pytest.mark.parametrize("token", ["m2mt_x", "foreign"])
def test_bad_token_is_refused(site, token):
    challenge = (
        f'{BEARER}, error="invalid_token", error_description="The access token is not valid."'
    )
    response = site.send("GET", "/site/who/", Authorization=f"Bearer {token}")
    assert_refused(response, 401, INVALID_TOKEN, challenge)


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer a, Bearer b"])
@pytest.mark.parametrize("path", ["/site/who/", "/site/people"])
def test_malformed_header_is_refused(site, person, path, header):
    challenge = (
        f'{BEARER}, error="invalid_request",'
        ' error_description="The Authorization header is malformed."'
    )
    site.log_in(person)
    assert_refused(site.send("GET", path, Authorization=header), 400, MALFORMED, challenge)


def test_token_without_the_scope_is_refused(site, register, bearer):
    description = "The access token needs the scope site:read."
    challenge = (
        f'{BEARER}, error="insufficient_scope", error_description="{description}",'
        ' scope="site:read"'
    )
    body = {"error": "insufficient_scope", "error_description": description}
    response = site.send("GET", "/site/who/", **bearer(register("orders:read")))
    assert_refused(response, 403, body, challenge)


def test_database_away_is_503_and_nothing_is_let_in(site, reader, bearer, request):
    headers = bearer(reader)
    request.getfixturevalue("database_away")
    response = site.send("GET", "/site/who/", **headers)
    assert_refused(response, 503, AWAY, None)
    assert response["Retry-After"] == "5"


def test_path_that_does_not_exist_is_not_told_from_one_that_does(site, reader, bearer):
    assert_refused(site.send("GET", "/site/nowhere"), 401, NO_TOKEN, BEARER)
    assert site.send("GET", "/site/nowhere", **bearer(reader)).status_code == 404


def test_missing_slash_is_guarded_like_the_path_with_it(site, settings, reader, bearer):
    set_paths(settings, {"/site/who/": ["site:read"]})
    assert site.send("GET", "/site/who", **bearer(reader))["Location"] == "/site/who/"
    assert_refused(site.send("GET", "/site/who"), 401, NO_TOKEN, BEARER)


@pytest.mark.parametrize(
    "path_info",
    [
        pytest.param("/site/hidden", id="as it is"),
        pytest.param("/SITE/hidden", id="capitals"),
        pytest.param("/\u017fite/hidden", id="long s"),
        pytest.param("/site/hidden.json", id="format"),
        pytest.param("//site/hidden", id="two slashes"),
        pytest.param("/x/../site/hidden", id="dots"),
    ],
)
def test_view_cannot_be_reached_by_another_spelling(settings, path_info, reader, bearer):
    set_paths(settings, {"/site/hidden/": ["site:read"]})
    environ = {"PATH_INFO": path_info.encode().decode("latin-1")}
    assert resolve(path_info).func is site_views.who
    assert HttpClient().get("/", **environ).status_code == 401
    assert HttpClient().get("/", headers=bearer(reader), **environ).status_code == 200


@pytest.mark.parametrize("path", ["/site/open/who", "/sites"])
def test_other_paths_are_left_alone(site, path, reader, person, bearer):
    nobody = {"user": "", "token_of": None}
    for headers in ({}, bearer(reader), {"Authorization": "Bearer not ours"}):
        response = site.send("GET", path, **headers)
        assert response.json() == nobody
        assert "Authorization" not in response["Vary"]
    site.log_in(person)
    assert site.send("GET", path).json() == {"user": "ann", "token_of": None}
    assert site.send("POST", path).status_code == 403


def test_without_paths_nothing_changes(site, settings, reader, bearer):
    set_paths(settings, {})
    nobody = {"user": "", "token_of": None}
    assert site.send("GET", "/site/who/", **bearer(reader)).json() == nobody


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_methods_need_their_own_scopes(site, method, reader, bearer):
    path = "/site/by-method/"
    scopes = ("site:write", "site:read") if method == "POST" else ("site:read", "site:write")
    needed, other = scopes
    assert site.send(method, path, **bearer(reader, needed)).status_code == 200
    assert site.send(method, path, **bearer(reader, other)).status_code == 403


@pytest.mark.parametrize("method", ["DELETE", "PUT", "OPTIONS", "PROPFIND"])
def test_method_that_is_not_named_is_refused_whatever_the_scopes(site, method, reader, bearer):
    path = "/site/by-method/"
    assert_refused(site.send(method, path), 401, NO_TOKEN, BEARER)
    response = site.send(method, path, **bearer(reader, "site:read site:write"))
    assert_refused(response, 405, METHOD, None)
    assert response["Allow"] == "GET, HEAD, POST"


def test_path_that_is_read_in_two_ways_needs_what_both_need(site, settings, reader, bearer):
    get, post = {"GET": ["site:read"], "POST": ["orders:read"]}, {"POST": ["site:write"]}
    set_paths(settings, {"/a": get, "/b": post, "/c": ["site:write"]})
    response = site.send("POST", "/a/../b", **bearer(reader, "site:write"))
    assert response.json()["error_description"] == ("The access token needs the scope orders:read.")
    assert 'scope="orders:read site:write"' in response["WWW-Authenticate"]
    headers = bearer(reader, "site:write site:read orders:read")
    assert site.send("POST", "/a/../b", **headers).status_code == 404
    assert site.send("GET", "/a/../b", **headers)["Allow"] == "POST"
    assert site.send("PUT", "/a/../c", **headers)["Allow"] == "GET, HEAD, POST"


def test_body_is_left_for_the_view_to_read(reader, bearer):
    body = b"a" * 100_000
    response = HttpClient().generic("POST", "/site/upload", body, headers=bearer(reader))
    assert response.json() == {"size": len(body)}


def test_streamed_answer_stays_a_stream(site, reader, bearer):
    response = site.send("GET", "/site/download", **bearer(reader))
    assert response.streaming
    # Without a token nothing is started.
    assert not site.send("GET", "/site/download").streaming


def test_view_that_forgets_to_answer_is_reported_by_django(reader, bearer):
    with pytest.raises(ValueError, match="didn't return an HttpResponse object"):
        HttpClient().get("/site/nothing", headers=bearer(reader))


@pytest.mark.parametrize("handler", [WSGIHandler, ASGIHandler])
def test_server_does_not_start_with_wrong_paths(handler, settings):
    set_paths(settings, {"site/": ["site:read"]})
    with pytest.raises(ImproperlyConfigured, match=r"^OAUTH_M2M\['PROTECTED_PATHS'\] has the path"):
        handler().load_middleware(is_async=handler is ASGIHandler)
