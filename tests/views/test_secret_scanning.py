"""Reports as a scanning service sends them: signed by real keys that a real server publishes."""

import json
import logging
from typing import Any

import pytest
import requests
from django.http import HttpResponse
from django.urls import resolve, reverse

from oauth_m2m.credential_format import generate_token
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AuditEvent
from oauth_m2m.operations.leaks import find_credential
from oauth_m2m.views.secret_scanning import MAX_REPORT_BYTES, secret_scanning
from tests.error_ids import body_of
from tests.key_server import KeyServer, running_key_server
from tests.scanner import Scanner, publish

pytestmark = pytest.mark.django_db

URL = "/oauth/secret-scanning"
scanner = Scanner()


@pytest.fixture
def keys(settings):
    with running_key_server() as server:
        publish(server, scanner)
        settings.OAUTH_M2M = {
            **settings.OAUTH_M2M,
            "SECRET_SCANNING": "revoke",
            "SECRET_SCANNING_KEYS_URL": server.url,
        }
        yield server


@pytest.fixture
def post(http):
    def post(body: Any, headers: dict[str, str] | None = None) -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = scanner.headers(raw) if headers is None else headers
        return http.post(URL, raw, content_type="application/json", headers=sent)

    return post


def finding(token: str, **members: Any) -> dict[str, Any]:
    found = {"token": token, "type": "acme_token", "url": "https://github.com/a/b/blob/c/d.txt"}
    return {**found, "source": "content", **members}


def feedback(token: str, label: str) -> dict[str, str]:
    return {"token_hash": digest_credential(token), "token_type": "acme_token", "label": label}


def kinds() -> list[str]:
    leaks = AuditEvent.objects.filter(reason="leaked").order_by("pk")
    return list(leaks.values_list("kind", flat=True))


def test_endpoint_has_its_name_and_path():
    assert reverse("oauth_m2m:secret_scanning") == URL
    assert resolve(URL).func is secret_scanning


def test_report_ends_what_works_and_says_which_findings_were_real(
    keys, post, registered, get_token
):
    token, foreign = get_token(registered), generate_token("m2mt_")
    response = post([finding(registered.secret), finding(token), finding(foreign), finding("x")])
    assert response.status_code == 200
    assert response.json() == [
        feedback(registered.secret, "true_positive"),
        feedback(token, "true_positive"),
        feedback(foreign, "false_positive"),
        feedback("x", "false_positive"),
    ]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"
    assert [find_credential(text).state for text in (registered.secret, token)] == ["revoked"] * 2
    assert kinds() == ["credential.leaked", "secret.revoked", "client.tokens_revoked"]


def test_audit_says_who_told_and_where_it_was_found(keys, post, registered):
    post([finding(registered.secret)])
    event = AuditEvent.objects.get(kind="credential.leaked")
    assert (event.actor_name, event.address) == ("secret scanning", "127.0.0.1")
    assert event.client == registered.client
    assert event.detail == {
        "credential": "client_secret",
        "key_id": registered.key_id,
        "last_four": registered.secret[-4:],
        "source": "content",
        "url": "https://github.com/a/b/blob/c/d.txt",
    }


def test_replayed_report_gets_the_same_answer_and_does_nothing(keys, post, registered):
    first = post([finding(registered.secret)])
    rows = AuditEvent.objects.count()
    assert post([finding(registered.secret)]).json() == first.json()
    assert AuditEvent.objects.count() == rows


def test_notify_ends_nothing_and_notes_a_place_once(keys, post, registered, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SECRET_SCANNING": "notify"}
    for _ in range(2):
        answer = post([finding(registered.secret), finding(registered.secret, url="")])
        assert answer.json() == [feedback(registered.secret, "true_positive")] * 2
    assert find_credential(registered.secret).state == "active"
    assert kinds() == ["credential.leaked"] * 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_endpoint_is_off_unless_it_was_switched_on(http, method):
    response = http.generic(method, URL, b"[]", content_type="application/json")
    assert response.status_code == 404
    assert response.json() == {
        "error": "not_found",
        "error_description": "This server takes no reports of leaks.",
    }
    assert not AuditEvent.objects.exists()


NOT_SIGNED = {
    "error": "invalid_request",
    "error_description": "The body is not signed by a key of the scanning service.",
}
MALFORMED = {
    "error": "invalid_request",
    "error_description": "The body is not a JSON list of objects with a token and a type.",
}
TOO_LARGE = {"error": "invalid_request", "error_description": "The body is too large."}
stranger = Scanner()

REFUSALS = {
    "not signed": (b"[]", {}, 403, NOT_SIGNED, "missing_signature"),
    "signed by a stranger": (b"[]", stranger.headers(b"[]"), 403, NOT_SIGNED, "unknown_key"),
    "signature of another body": (
        b"[]",
        scanner.headers(b"[ ]"),
        403,
        NOT_SIGNED,
        "wrong_signature",
    ),
    "not signed and not JSON": (b"{", {}, 403, NOT_SIGNED, "missing_signature"),
    "huge": (b" " * (MAX_REPORT_BYTES + 1), {}, 413, TOO_LARGE, "body_too_large"),
    "beyond Django's limit": (b" " * 3_000_000, {}, 413, TOO_LARGE, "body_too_large"),
    "empty": (b"", None, 400, MALFORMED, "malformed_report"),
    "not JSON": (b"{", None, 400, MALFORMED, "malformed_report"),
    "not UTF-8": (b"\xff", None, 400, MALFORMED, "malformed_report"),
    "an object": (b"{}", None, 400, MALFORMED, "malformed_report"),
    "nested deeply": (b"[" * 100_000, None, 400, MALFORMED, "malformed_report"),
    "an entry that is no object": (b'["x"]', None, 400, MALFORMED, "malformed_report"),
    "an entry without token": (b'[{"type":"x"}]', None, 400, MALFORMED, "malformed_report"),
    "an entry without type": (b'[{"token":"x"}]', None, 400, MALFORMED, "malformed_report"),
    "half a character": (
        b'[{"token":"\\ud800","type":"x"}]',
        None,
        400,
        MALFORMED,
        "malformed_report",
    ),
}


@pytest.mark.parametrize(
    "body, headers, status, expected, reason", REFUSALS.values(), ids=list(REFUSALS)
)
def test_what_is_no_report_is_refused(keys, post, body, headers, status, expected, reason):
    response = post(body, headers)
    assert (response.status_code, body_of(response)) == (status, expected)
    event = AuditEvent.objects.get()
    assert (event.kind, event.reason) == ("secret_scanning.refused", reason)


def test_get_is_refused(keys, http):
    response = http.get(URL)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_plain_http_is_refused_where_https_is_required(keys, post, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REQUIRE_HTTPS": True}
    assert body_of(post([])) == {
        "error": "invalid_request",
        "error_description": "This endpoint must be called over https.",
    }


def test_without_the_services_keys_it_asks_to_try_again(keys: KeyServer, post, registered):
    keys.status = 500
    response = post([finding(registered.secret)])
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert body_of(response)["error"] == "temporarily_unavailable"
    assert find_credential(registered.secret).state == "active"


def test_members_that_are_missing_or_strange_are_no_obstacle(keys, post, registered, get_token):
    strange = {"url": "a\x00\nb" + registered.secret, "source": ["x"], "more": {}}
    bare = {"token": get_token(registered), "type": "t"}
    assert post([finding(registered.secret, **strange), bare]).status_code == 200
    detail = AuditEvent.objects.get(kind="credential.leaked").detail
    assert (detail["url"], detail["source"]) == (
        "a??bm2ms_" + registered.key_id + "_[redacted]",
        "['x']",
    )


def test_nothing_of_a_leaked_secret_gets_into_logs_or_rows(keys, post, registered, caplog):
    caplog.set_level(logging.DEBUG)
    response = post([finding(registered.secret)])
    rows = repr(list(AuditEvent.objects.values()))
    for place in (caplog.text, rows, response.content.decode()):
        assert registered.secret[-20:] not in place


@pytest.mark.django_db(transaction=True)
def test_report_over_a_real_socket_ends_a_secret(keys, live_server, registered):
    body = json.dumps([finding(registered.secret)], indent=1).encode()
    response = requests.post(
        f"{live_server.url}{URL}", data=body, headers=scanner.headers(body), timeout=60
    )
    assert (response.status_code, response.json()) == (
        200,
        [feedback(registered.secret, "true_positive")],
    )
    assert find_credential(registered.secret).state == "revoked"
