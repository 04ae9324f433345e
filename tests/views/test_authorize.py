"""The endpoint that refuses everybody."""

import pytest
from django.db import connections
from django.test import Client as HttpClient

PATH = "/oauth/authorize"
QUERY = "?response_type=code&client_id=a&redirect_uri=https://evil.example/&state=%00"


def assert_refused(response) -> None:
    assert response.status_code == 400
    assert response.json() == {
        "error": "unsupported_response_type",
        "error_description": (
            "This server is for machines and has no sign-in: ask its token endpoint."
        ),
    }
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Location" not in response.headers
    assert not response.cookies


@pytest.mark.rfc("6749", "4.1.2.1")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("query", ["", QUERY], ids=["nothing asked", "a code asked for"])
def test_every_request_is_refused_and_none_redirected(http, method, query):
    assert_refused(http.generic(method, PATH + query))


def test_head_is_refused_without_a_body(http):
    response = http.head(PATH)
    assert (response.status_code, response.content) == (400, b"")


def test_post_of_a_stranger_is_no_forgery(settings):
    login = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, login]
    assert_refused(HttpClient(enforce_csrf_checks=True).post(PATH, {"response_type": "code"}))


@pytest.mark.django_db
def test_refusal_needs_no_database(http, monkeypatch, django_assert_num_queries):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", "yes")
    with django_assert_num_queries(0):
        assert_refused(http.get(PATH))
