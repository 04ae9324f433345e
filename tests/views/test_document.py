"""What the public documents share, whatever their members are."""

import logging
from pathlib import Path

import pytest
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.http import HttpRequest
from django.test import RequestFactory

from oauth_m2m.views.document import DocumentMissing, public_document


def view_of(build, *, max_age_seconds: int = 60):
    return public_document(max_age_seconds=max_age_seconds)(build)


def get(view, **headers: str):
    return view(RequestFactory().get("/document", headers=headers))


def test_members_become_json_that_everybody_may_keep():
    response = get(view_of(lambda _request: {"name": "value"}, max_age_seconds=90))
    assert response.status_code == 200
    assert response.content == b'{"name": "value"}'
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=90"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "members, kept",
    [
        pytest.param({"keys": []}, "public, max-age=0", id="nothing in it"),
        pytest.param({"keys": [1]}, "public, max-age=60", id="something in it"),
        pytest.param({"a": [], "b": "c"}, "public, max-age=60", id="one member is empty"),
    ],
)
def test_document_that_says_nothing_yet_is_kept_by_nobody(members, kept):
    assert get(view_of(lambda _request: members)).headers["Cache-Control"] == kept


def test_entity_tag_changes_with_the_members():
    tags = {
        get(view_of(lambda _request, n=number: {"number": n})).headers["ETag"]
        for number in (1, 1, 2)
    }
    assert len(tags) == 2


@pytest.mark.parametrize(
    "presented, status",
    [
        pytest.param("{tag}", 304, id="the same"),
        pytest.param('"other", {tag}', 304, id="among others"),
        pytest.param("W/{tag}", 304, id="weak"),
        pytest.param("*", 304, id="any"),
        pytest.param('"other"', 200, id="another"),
        pytest.param("garbage", 200, id="malformed"),
    ],
)
def test_conditional_request_gets_the_document_only_if_it_changed(presented, status):
    view = view_of(lambda _request: {"name": "value"})
    tag = get(view).headers["ETag"]
    response = get(view, **{"If-None-Match": presented.format(tag=tag)})
    assert response.status_code == status
    assert response.headers["ETag"] == tag
    assert response.headers["Cache-Control"] == "public, max-age=60"


def test_missing_document_is_a_404_that_says_what_is_missing():
    def build(_request: HttpRequest) -> dict[str, object]:
        message = "Set the setting."
        raise DocumentMissing(message)

    response = get(view_of(build))
    assert response.status_code == 404
    assert response.content == b'{"error": "not_found", "error_description": "Set the setting."}'
    assert response.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response.headers


def test_other_methods_do_not_reach_the_builder():
    def build(_request: HttpRequest) -> dict[str, object]:
        raise AssertionError

    response = view_of(build)(RequestFactory().post("/document"))
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.django_db
def test_database_away_is_a_503_and_the_log_says_so(tmp_path: Path, caplog):
    nowhere = {"NAME": str(tmp_path / "no such folder" / "db.sqlite3"), "OPTIONS": {}}
    away = DatabaseWrapper({**connections.settings["default"], **nowhere}, "away")

    def build(_request: HttpRequest) -> dict[str, object]:
        away.ensure_connection()
        return {}

    response = get(view_of(build))
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content == (
        b'{"error": "temporarily_unavailable", "error_description":'
        b' "The server is temporarily unable to answer. Try again."}'
    )
    assert ("oauth_m2m.endpoint", logging.ERROR, "database unavailable: OperationalError") in (
        caplog.record_tuples
    )


def test_mistake_in_a_builder_is_not_hidden():
    def build(_request: HttpRequest) -> dict[str, object]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        get(view_of(build))


def test_arguments_of_the_url_reach_the_builder():
    view = view_of(lambda _request, path: {"path": path})
    response = view(RequestFactory().get("/document"), path="a/b")
    assert response.content == b'{"path": "a/b"}'


@pytest.mark.django_db
def test_document_opens_no_transaction(http, monkeypatch, django_assert_num_queries):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", "yes")
    with django_assert_num_queries(0):
        assert http.get("/.well-known/oauth-authorization-server").status_code == 200
