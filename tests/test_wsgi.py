"""The fast lane around a project; that its endpoints answer as ever is what tests/rfc holds."""

import logging
import math
from urllib.parse import urlencode

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection
from django.urls import get_script_prefix

from oauth_m2m import usage
from oauth_m2m.models import UsageCount
from oauth_m2m.wsgi import token_lane
from tests.conftest import FORM, Registered
from tests.lane_client import WsgiClient, lane_client

pytestmark = pytest.mark.django_db


class Untouched(Exception):
    """The project's application was asked."""


def refuse_all(_environ: object, _start_response: object) -> list[bytes]:
    raise Untouched


@pytest.fixture
def lane() -> WsgiClient:
    """A client of the lane alone: behind it is a project that must not be asked."""
    return WsgiClient(token_lane(refuse_all))


def form_of(registered: Registered) -> str:
    return urlencode({"grant_type": "client_credentials", **registered.credentials})


ENDPOINTS = {
    "/oauth/token": 405,
    "/oauth/introspect": 405,
    "/oauth/revoke": 405,
    "/oauth/jwks.json": 200,
    "/oauth/authorize": 400,
    "/oauth/secret-scanning": 404,
    "/.well-known/oauth-authorization-server": 200,
    "/.well-known/openid-configuration": 200,
    "/.well-known/oauth-protected-resource": 200,
}
OTHERS = ["/", "/api/orders/", "/oauth/token/", "/OAUTH/TOKEN", "//oauth/token", "/oauth/token%0A"]


@pytest.mark.parametrize("path, status", ENDPOINTS.items(), ids=list(ENDPOINTS))
def test_each_endpoint_is_answered_without_the_project(lane, http, path, status):
    response = lane.get(path)
    assert response.status_code == status
    longer_way = http.get(path)
    assert longer_way.status_code == status
    if status == 200:
        assert response.content == longer_way.content


@pytest.mark.parametrize("path", OTHERS)
def test_all_other_requests_are_the_projects(lane, path):
    with pytest.raises(Untouched):
        lane.get(path)


def test_project_is_called_as_it_would_be_without_the_lane(registered, bearer):
    client = lane_client()
    response = client.get("/api/orders/", headers=bearer(registered))
    assert response.status_code == 200
    assert response.headers["X-Frame-Options"] == "DENY"


def test_token_is_issued(registered, lane, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = lane.post("/oauth/token", form_of(registered), content_type=FORM)
    assert response.status_code == 200
    assert response.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    # The middleware of the project was not asked.
    assert response.headers.keys() == {"Content-Type", "Cache-Control", "Pragma"}


def test_head_is_answered_as_get_without_the_body(lane):
    whole, head = lane.get("/oauth/jwks.json"), lane.head("/oauth/jwks.json")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers


@pytest.mark.parametrize(
    "path, status",
    [
        ("/accounts/oauth/token", 200),
        ("/oauth/token", None),
        ("/.well-known/oauth-authorization-server", 405),
    ],
)
def test_endpoints_are_where_the_project_mounted_them(lane, registered, settings, path, status):
    settings.ROOT_URLCONF = "tests.host.urls_apart"
    if status is None:
        with pytest.raises(Untouched):
            lane.post(path, form_of(registered), content_type=FORM)
    else:
        response = lane.post(path, form_of(registered), content_type=FORM)
        assert response.status_code == status


def test_what_is_not_mounted_is_left_to_the_project(lane, settings):
    settings.ROOT_URLCONF = "tests.host.urls_token_only"
    assert lane.get("/oauth/token").status_code == 405
    for path in ("/oauth/introspect", "/oauth/jwks.json"):
        with pytest.raises(Untouched):
            lane.get(path)


def test_view_of_the_project_at_our_path_stays_the_projects(lane, settings):
    settings.ROOT_URLCONF = "tests.host.urls_shadowed"
    with pytest.raises(Untouched):
        lane.get("/oauth/token")
    assert lane.get("/oauth/introspect").status_code == 405


def test_prefix_may_have_letters_beyond_ascii(lane, settings):
    settings.ROOT_URLCONF = "tests.host.urls_beyond_ascii"
    assert lane.get("/ma%C3%9Fe/oauth/token").status_code == 405


def test_script_name_is_no_part_of_the_path_and_part_of_our_urls(lane):
    prefix = get_script_prefix()
    response = lane.get("/.well-known/oauth-authorization-server", SCRIPT_NAME="/site")
    assert response.json()["token_endpoint"] == "https://auth.example.com/site/oauth/token"
    with pytest.raises(Untouched):
        lane.get("/site/oauth/token", SCRIPT_NAME="/site")
    # What the first request of all had for a script name is not remembered.
    response = lane.get("/.well-known/oauth-authorization-server", SCRIPT_NAME="/other")
    assert response.json()["token_endpoint"] == "https://auth.example.com/other/oauth/token"
    assert prefix == "/"


def test_host_that_is_not_ours_is_refused(lane, settings):
    settings.ALLOWED_HOSTS = ["auth.example.com"]
    assert lane.get("/oauth/jwks.json", HTTP_HOST="auth.example.com").status_code == 200
    assert lane.get("/oauth/jwks.json", HTTP_HOST="evil.example").status_code == 400


def test_plain_http_is_refused_where_it_must_be(lane, registered, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REQUIRE_HTTPS": True}
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    form = form_of(registered)
    assert lane.post("/oauth/token", form, content_type=FORM).status_code == 400
    response = lane.post("/oauth/token", form, content_type=FORM, HTTP_X_FORWARDED_PROTO="https")
    assert response.status_code == 200


def test_failure_of_our_own_is_a_500_that_is_logged(lane, registered, settings, caplog):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_FORMAT": "paper"}
    caplog.set_level(logging.ERROR, "django.request")
    response = lane.post("/oauth/token", form_of(registered), content_type=FORM)
    assert response.status_code == 500
    assert [record.name for record in caplog.records] == ["django.request"]
    assert registered.secret.encode() not in response.content


def test_signals_around_a_request_are_not_sent(lane, registered):
    heard = []

    def listen(signal: object, **_more: object) -> None:
        heard.append(signal)

    for signal in (request_started, request_finished):
        signal.connect(listen)
    try:
        lane.post("/oauth/token", form_of(registered), content_type=FORM)
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(listen)
    assert heard == []


def test_counters_are_written_once_an_answer_was_sent(lane, registered, monkeypatch):
    monkeypatch.setattr(usage._pending, "last_flush", -math.inf)
    lane.post("/oauth/token", form_of(registered), content_type=FORM)
    assert UsageCount.objects.get(kind="token_issued").client == registered.client


@pytest.mark.skipif(connection.vendor == "sqlite", reason="what is in memory is never closed")
@pytest.mark.parametrize("seconds, is_kept", [(0, False), (60, True)])
def test_connections_are_kept_as_long_as_the_project_says(
    transactional_db, registered, monkeypatch, seconds, is_kept
):
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", seconds)
    connection.close()
    lane = WsgiClient(token_lane(refuse_all))
    lane.post("/oauth/token", form_of(registered), content_type=FORM)
    assert (connection.connection is not None) == is_kept
    connection.close()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="what is in memory is never closed")
def test_connection_that_is_too_old_is_not_used(transactional_db, lane, registered, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 60)
    connection.ensure_connection()
    old, connection.close_at = connection.connection, 0.0
    lane.post("/oauth/token", form_of(registered), content_type=FORM)
    assert connection.connection not in {None, old}
    connection.close()


def test_refusal_is_logged_as_by_the_project(lane, caplog):
    caplog.set_level(logging.WARNING, "django.request")
    form = "grant_type=client_credentials"
    assert lane.post("/oauth/token", form, content_type=FORM).status_code == 401
    logged = [record for record in caplog.records if record.name == "django.request"]
    assert [record.getMessage() for record in logged] == ["Unauthorized: /oauth/token"]


def test_lane_that_is_made_before_any_urls_are_needed_reads_none(settings):
    settings.ROOT_URLCONF = "tests.host.no_such_module"
    token_lane(refuse_all)
