"""Another server is asked, and its answers are remembered, over a real socket."""

import base64
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from oauth_m2m.resource_server import authenticate_request, remote_introspection
from oauth_m2m.resource_server.remote_introspection import forget_answers
from tests.key_server import KeyServer
from tests.resource_server.remote_endpoint import (
    REMOTE,
    SECRET,
    TOKEN,
    active,
    answers,
    assert_unavailable,
    past,
    says,
)


def test_active_token_is_accepted_and_asked_for_as_rfc_7662_says(call, server: KeyServer):
    assert call().status_code == 200
    [(authorization, form)] = server.posted
    assert form == {"token": TOKEN, "token_type_hint": "access_token"}
    # RFC 6749 section 2.3.1: form-encoded, then joined.
    scheme, _, pair = authorization.partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(pair).decode() == "orders-api:p%2Fa%3As%20s%25w%C3%B6rd"


def test_principal_carries_the_issuer(http, db, listed):
    response = http.get("/host/machines", headers={"Authorization": f"Bearer {TOKEN}"})
    client_id = f"{REMOTE}#billing"
    expected = {"user": client_id, "is_row": False, "pk": f"m2m:{client_id}"}
    assert response.json() == {**expected, "token_of": client_id}


def test_issuer_and_moment_of_issue_may_be_left_out(call, server: KeyServer):
    says(server, **active(iss=None, iat=None, scope="orders:read orders:write"))
    assert call().status_code == 200


def test_answer_serves_for_some_seconds(call, server: KeyServer):
    assert [call().status_code for _ in range(3)] == [200] * 3
    assert server.asked == 1
    past(seconds=590.0)
    assert call().status_code == 200
    assert server.asked == 1
    says(server, active=False)
    past(seconds=10.5)
    assert call().status_code == 401
    assert server.asked == 2


def test_answer_that_is_kept_is_no_good_after_the_tokens_end(call, server: KeyServer):
    assert call().status_code == 200
    [(digest, answer)] = answers()._active.items()
    assert answer.claims is not None
    over = {**answer.claims, "exp": answer.claims["iat"]}
    answers()._active[digest] = remote_introspection._Answer(over, answer.kept_until)
    assert call().status_code == 401
    assert server.asked == 1


def test_without_seconds_every_request_asks(call, server: KeyServer, listed):
    listed(cache_seconds=0)
    assert [call().status_code for _ in range(3)] == [200] * 3
    assert server.asked == 3


def test_inactive_token_is_remembered_for_a_shorter_time(call, server: KeyServer, monkeypatch):
    assert remote_introspection.INACTIVE_SECONDS < 5
    monkeypatch.setattr(remote_introspection, "INACTIVE_SECONDS", 300.0)
    says(server, active=False)
    assert [call().status_code for _ in range(3)] == [401] * 3
    assert server.asked == 1
    says(server, **active())
    past(seconds=301.0)
    assert call().status_code == 200


def test_each_token_has_an_answer_of_its_own(call, server: KeyServer):
    assert call().status_code == 200
    says(server, active=False)
    assert call("their_other").status_code == 401
    assert call().status_code == 200


def test_neither_token_nor_secret_is_kept_in_the_memory(call):
    assert call().status_code == 200
    memory = answers()
    assert TOKEN not in repr(vars(memory))
    assert SECRET not in repr(vars(memory))


def test_invented_tokens_cannot_push_out_good_ones(call, server: KeyServer, monkeypatch):
    monkeypatch.setattr(remote_introspection, "MAX_ANSWERS", 3)
    assert call().status_code == 200
    says(server, active=False)
    assert {call(f"their_{number}").status_code for number in range(10)} == {401}
    assert len(answers()._inactive) == 3
    asked = server.asked
    assert call().status_code == 200
    assert server.asked == asked


def test_memory_is_bounded_and_the_least_used_answer_goes(call, server: KeyServer, monkeypatch):
    monkeypatch.setattr(remote_introspection, "MAX_ANSWERS", 2)
    for token in ("their_a", "their_b", "their_a", "their_c"):
        assert call(token).status_code == 200
    assert (len(answers()._active), server.asked) == (2, 3)
    assert call("their_a").status_code == 200
    assert server.asked == 3
    assert call("their_b").status_code == 200
    assert server.asked == 4


def test_view_cannot_change_what_others_are_told(listed, rf):
    for _ in range(2):
        request = rf.get("/", headers={"Authorization": f"Bearer {TOKEN}"})
        authenticated = authenticate_request(request)
        assert authenticated is not None
        assert authenticated[1].claims["scope"] == "orders:read"
        authenticated[1].claims["scope"] = "orders:write"


def test_threads_with_one_token_share_one_question(listed, server: KeyServer):
    server.waits_for = Event()
    memory = answers()
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(memory.ask, TOKEN) for _ in range(8)]
        # All of them wait, but none for another token's answer.
        other = threads.submit(memory.ask, "their_other")
        wait_until(lambda: server.asked >= 1)
        server.waits_for.set()
        assert [answer.result()["client_id"] for answer in asked] == ["billing"] * 8
        assert other.result()["client_id"] == "billing"
    assert server.asked == 2
    assert memory._asking == {}


def wait_until(holds) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_thread_that_waits_for_another_one_gives_up(listed, server: KeyServer, monkeypatch):
    monkeypatch.setattr(remote_introspection, "TIMEOUT_SECONDS", 0.1)
    server.waits_for = Event()
    memory = answers()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(memory.ask, TOKEN)
        wait_until(lambda: server.asked == 1)
        with pytest.raises(remote_introspection.IntrospectionUnavailableError):
            memory.ask(TOKEN)
        server.waits_for.set()
        assert first.result()["client_id"] == "billing"


def test_secret_is_read_from_its_file_each_time(call, server: KeyServer, listed, tmp_path):
    path = tmp_path / "secret"
    path.write_text("first\n")
    listed(client_secret=None, client_secret_file=str(path), cache_seconds=0)
    assert call().status_code == 200
    path.write_text("second")
    assert call().status_code == 200
    sent = [base64.b64decode(authorization.split()[1]) for authorization, _ in server.posted]
    assert sent == [b"orders-api:first", b"orders-api:second"]


def test_file_that_is_not_there_is_503(call, server: KeyServer, listed, tmp_path, caplog):
    listed(client_secret=None, client_secret_file=str(tmp_path / "secret"))
    assert_unavailable(call())
    assert "FileNotFoundError" in caplog.text
    assert server.asked == 0


def test_nothing_shows_token_or_secret(call, server: KeyServer, caplog):
    caplog.set_level(logging.DEBUG)
    server.status = 401
    texts = [call().content.decode(), caplog.text]
    says(server, active=False)
    server.status = 200
    texts += [call().content.decode(), caplog.text]
    for text in texts:
        assert TOKEN not in text
        assert SECRET not in text
        assert base64.b64encode(SECRET.encode()).decode() not in text


def test_answers_belong_to_the_process_until_they_are_forgotten(call, server: KeyServer):
    assert call().status_code == 200
    forget_answers()
    assert call().status_code == 200
    assert server.asked == 2
