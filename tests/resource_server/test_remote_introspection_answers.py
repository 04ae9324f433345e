"""Answers of another server that say nothing good, or nothing at all."""

import logging
import socket
import time

import pytest

from oauth_m2m.keys import fetch as fetching
from oauth_m2m.keys.fetch import MAX_BYTES
from oauth_m2m.resource_server import remote_introspection
from tests.jose import good_claims
from tests.key_server import KeyServer
from tests.resource_server.remote_endpoint import (
    REMOTE,
    TOKEN,
    active,
    answers,
    assert_unavailable,
    past,
    says,
)

BAD_CLAIMS = {
    "inactive": (lambda: {"active": False}, "token_inactive"),
    "of another issuer": (lambda: active(iss="https://evil.example"), "malformed_claims"),
    "issuer is a list": (lambda: active(iss=[REMOTE]), "malformed_claims"),
    "for another API": (lambda: active(aud="https://x.example"), "wrong_audience"),
    "for no API": (lambda: active(aud=None), "malformed_claims"),
    "audience is empty": (lambda: active(aud=[]), "malformed_claims"),
    "without an end": (lambda: active(exp=None), "malformed_claims"),
    "end is a text": (lambda: active(exp="tomorrow"), "malformed_claims"),
    "end is after all time": (lambda: active(exp=10**18), "malformed_claims"),
    "over": (lambda: active(exp=good_claims()["iat"]), "token_expired"),
    "not begun": (lambda: active(nbf=good_claims()["iat"] + 600), "not_yet_valid"),
    "without a client": (lambda: active(client_id=None), "malformed_claims"),
    "client is a number": (lambda: active(client_id=7), "malformed_claims"),
    "of a person": (lambda: active(sub="ann"), "claims_not_accepted"),
    "scope is a list of lists": (lambda: active(scope=[["a"]]), "malformed_claims"),
    "binding is a list": (lambda: active(cnf=["x"]), "malformed_claims"),
    "binding that nobody knows": (lambda: active(cnf={"x": "y"}), "unknown_binding"),
    "bound to a key": (lambda: active(cnf={"jkt": "a"}), "proof_missing"),
}


@pytest.mark.parametrize("answer, reason", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_token_that_is_not_good_is_refused(call, server: KeyServer, caplog, answer, reason):
    caplog.set_level(logging.DEBUG, "oauth_m2m.resource_server")
    says(server, **answer())
    response = call()
    assert response.status_code == 401
    assert response.json() == {"detail": "The access token is not valid."}
    assert f"reason={reason}" in caplog.text


BAD_ANSWERS = {
    "HTML": b"<!doctype html><title>Sign in</title>",
    "nothing": b"",
    "no JSON": b"{'active': true}",
    "no UTF-8": b'{"active": true, "sub": "\xff"}',
    "UTF-16": '{"active": true}'.encode("utf-16"),
    "a list": b'[{"active": true}]',
    "null": b"null",
    "a member twice": b'{"active": false, "active": true}',
    "half a character": b'{"active": true, "sub": "\\ud800"}',
    "nested deeply": b"[" * 100_000,
    "no active": b'{"client_id": "billing"}',
    "active is a text": b'{"active": "true"}',
    "active is a number": b'{"active": 1}',
    "huge": b'{"active": true}' + b" " * MAX_BYTES,
}


@pytest.mark.parametrize("body", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_answer_that_says_nothing_is_503(call, server: KeyServer, caplog, body):
    server.body = body
    assert_unavailable(call())
    assert f"introspection at {server.url}: " in caplog.text
    # It is no outage: the next token is asked about at once, and this one too.
    says(server, **active())
    assert call().status_code == 200


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 400, 401, 403, 404, 429, 500])
def test_any_status_but_200_is_503(call, server: KeyServer, status):
    server.status = status
    server.headers = {"Location": "/elsewhere", "Content-Length": str(len(server.body))}
    if status == 204:
        server.body = b""
    assert_unavailable(call())
    assert server.asked == 1


def test_server_that_is_away_is_503_and_left_alone_for_a_moment(
    call, server: KeyServer, http, monkeypatch
):
    monkeypatch.setattr(remote_introspection, "PAUSE_SECONDS", 300.0)
    server.stop()
    assert_unavailable(call())
    server.start()
    assert_unavailable(call("their_other"))
    assert server.asked == 0
    response = http.get("/reports/daily", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    answers()._away_until -= remote_introspection.PAUSE_SECONDS
    assert call().status_code == 200


def test_answer_that_is_kept_serves_on_while_the_server_is_away(call, server: KeyServer):
    assert call().status_code == 200
    server.stop()
    assert_unavailable(call("their_other"))
    assert call().status_code == 200
    past(seconds=601.0)
    assert_unavailable(call())
    server.start()


def test_server_that_drips_is_given_up(call, server: KeyServer, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.3)
    server.drips = True
    begun = time.monotonic()
    assert_unavailable(call())
    assert time.monotonic() - begun < 10


def test_server_that_says_nothing_is_given_up(call, listed, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        listed(introspection_url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert_unavailable(call())
