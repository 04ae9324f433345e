"""Guessing is stopped where it comes from, and nobody else is."""

import logging
import os
from urllib.parse import urlencode

import pytest
from django.core.cache import caches
from django.test import Client as HttpClient

from oauth_m2m import usage
from oauth_m2m.client_auth import attempts
from oauth_m2m.client_auth.attempts import forget_attempts
from oauth_m2m.models import AccessToken, AuditEvent, UsageCount
from oauth_m2m.refusals import ROWS_IN_FULL
from tests.assertions import register_signer
from tests.client_auth.token_requests import basic
from tests.conftest import FORM, Registered
from tests.error_ids import body_of
from tests.statements import insert_into

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

ATTACKER, ELSEWHERE = "198.51.100.7", "203.0.113.7"
WRONG = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
TOO_MANY_ATTEMPTS = {
    "error": "temporarily_unavailable",
    "error_description": "Too many failed attempts came from this address. Try again later.",
}
TOO_MANY_REQUESTS = {
    "error": "temporarily_unavailable",
    "error_description": "Too many requests. Try again later.",
}


@pytest.fixture
def configure(settings):
    def configure(*, mode: str = "enforce", proxies: tuple[str, ...] = (), **rates: str) -> None:
        settings.OAUTH_M2M = {
            **settings.OAUTH_M2M,
            "TOKEN_ENDPOINT_RATE": rates,
            "RATE_LIMIT_MODE": mode,
            "TRUSTED_PROXIES": proxies,
        }

    configure(address="3/h")
    return configure


@pytest.fixture
def post(http: HttpClient, configure):
    """POST a form from an address and return the answer."""

    def post(fields, address=ATTACKER, path="/oauth/token", **headers):
        return http.post(
            path,
            urlencode(fields),
            content_type=FORM,
            headers=headers,
            **({} if address is None else {"REMOTE_ADDR": address}),
        )

    return post


@pytest.fixture
def statuses(post):
    def statuses(fields, times=1, address=ATTACKER, **more) -> list[int]:
        return [post(fields, address, **more).status_code for _ in range(times)]

    return statuses


def right(registered: Registered) -> dict[str, str]:
    return {"grant_type": "client_credentials", **registered.credentials}


def guess_at(registered: Registered) -> dict[str, str]:
    return {**WRONG, "client_id": registered.client_id}


def test_attempts_over_the_limit_are_refused_before_any_query(
    post, statuses, django_assert_num_queries
):
    assert statuses(WRONG, 4) == [401, 401, 401, 429]
    # Its row in the audit trail, until there are so many that they are counted instead.
    with django_assert_num_queries(1) as queries:
        response = post(WRONG)
    assert queries[0]["sql"].startswith(insert_into(AuditEvent))
    assert response.status_code == 429
    assert body_of(response) == TOO_MANY_ATTEMPTS
    assert 1 <= int(response["Retry-After"]) <= 3600
    assert dict(response.headers) == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        **{name: response[name] for name in ("Retry-After", *SET_BY_DJANGO)},
    }


SET_BY_DJANGO = (
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Content-Length",
)


def test_right_secret_from_there_is_refused_too_where_it_never_came_from(statuses, registered):
    assert statuses(WRONG, 3) == [401] * 3
    assert statuses(right(registered)) == [429]
    assert AccessToken.objects.count() == 0


def test_flood_costs_no_query_at_all_in_the_end(statuses, django_assert_num_queries):
    statuses(WRONG, 4)
    row = AuditEvent.objects.filter(kind="token.refused").latest("pk")
    assert (row.reason, row.address) == ("too_many_attempts", ATTACKER)
    assert (row.client_identifier, row.detail) == ("nobody", {"error": "temporarily_unavailable"})
    statuses(WRONG, ROWS_IN_FULL)
    with django_assert_num_queries(0):
        statuses(WRONG, 5)


def test_guessing_at_a_client_does_not_stop_it_elsewhere(statuses, registered):
    assert statuses(guess_at(registered), 9)[-1] == 429
    assert statuses(right(registered), 3, ELSEWHERE) == [200] * 3


def test_client_that_succeeded_there_goes_on_beside_a_guesser(statuses, registered):
    assert statuses(right(registered)) == [200]
    assert statuses(WRONG, 5)[-1] == 429
    assert statuses(right(registered), 3) == [200] * 3


def test_client_that_is_guessed_at_from_its_own_address_is_stopped_there(statuses, registered):
    assert statuses(right(registered)) == [200]
    assert statuses(guess_at(registered), 4) == [401, 401, 401, 429]
    assert statuses(right(registered)) == [429]
    assert statuses(right(registered), address=ELSEWHERE) == [200]


def test_client_that_succeeded_there_may_not_guess_at_others(statuses, registered):
    assert statuses(right(registered)) == [200]
    assert statuses(WRONG, 4)[-1] == 429
    assert statuses({**WRONG, "client_id": "somebody"}) == [429]


def test_failures_of_all_endpoints_are_counted_together(statuses):
    paths = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"]
    assert [statuses(WRONG, path=path) for path in paths] == [[401]] * 3
    assert [statuses(WRONG, path=path) for path in paths] == [[429]] * 3


def test_next_window_lets_the_address_try_again(post, statuses, stopped_clock):
    statuses(WRONG, 4)
    stopped_clock.now += int(post(WRONG).headers["Retry-After"])
    assert statuses(WRONG, 4) == [401, 401, 401, 429]


@pytest.mark.parametrize("name", ["Basic", "assertion", "nothing", "broken Basic"])
def test_each_way_to_fail_is_counted(post, register, name):
    signer = register_signer(register)
    replayed = signer.form()
    post(replayed, ELSEWHERE)
    fields, headers = {
        "Basic": ({}, {"Authorization": basic("nobody", "wrong")}),
        "assertion": (replayed, {}),
        "nothing": ({}, {}),
        "broken Basic": ({}, {"Authorization": "Basic !"}),
    }[name]
    fields = {"grant_type": "client_credentials", **fields}
    answers = [post(fields, **headers).status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]


def test_forged_certificate_is_counted(post, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_CERTIFICATE_HEADER": "X-Client-Cert"}
    forged = {"X-Client-Cert": "anything"}
    body = {"grant_type": "client_credentials"}
    assert [post(body, **forged).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_malformed_requests_are_no_attempts(statuses):
    assert statuses({**WRONG, "grant_type": ""}, 9) == [400] * 9
    assert statuses(WRONG) == [401]


@pytest.mark.parametrize(
    "first, second, is_one",
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("198.51.100.7", "198.51.100.8", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
    ],
    ids=["one IPv6 network", "two IPv6 networks", "neighbours", "one mapped to IPv6"],
)
def test_address_is_what_one_caller_has(statuses, first, second, is_one):
    statuses(WRONG, 3, first)
    assert statuses(WRONG, address=second) == [429 if is_one else 401]


@pytest.mark.parametrize("address", ["", "unix:"])
def test_callers_without_an_address_are_not_limited(statuses, registered, address):
    assert statuses(WRONG, 9, address) == [401] * 9
    assert statuses(right(registered), 2, address) == [200] * 2


def test_callers_behind_a_proxy_that_nobody_named_are_not_limited_together(
    post, registered, caplog
):
    forwarded = {"X-Forwarded-For": ELSEWHERE}
    assert [post(WRONG, "10.0.0.1", **forwarded).status_code for _ in range(9)] == [401] * 9
    assert post(right(registered), "10.0.0.1", **forwarded).status_code == 200
    warnings = [r.getMessage() for r in caplog.records if r.name == "oauth_m2m.attempts"]
    sentence = "a proxy sends X-Forwarded-For and TRUSTED_PROXIES does not name it"
    assert warnings == [f"{sentence}: failed attempts are not limited"]


def test_callers_behind_a_named_proxy_are_limited_one_by_one(post, configure):
    configure(address="3/h", proxies=("10.0.0.0/8",))
    for _ in range(3):
        assert post(WRONG, "10.0.0.1", **{"X-Forwarded-For": ATTACKER}).status_code == 401
    assert post(WRONG, "10.0.0.1", **{"X-Forwarded-For": ATTACKER}).status_code == 429
    assert post(WRONG, "10.0.0.1", **{"X-Forwarded-For": ELSEWHERE}).status_code == 401


def test_caller_on_the_internet_cannot_pretend_to_be_a_proxy(post):
    answers = [post(WRONG, "8.8.8.8", **{"X-Forwarded-For": "9.9.9.9"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


def test_no_rate_is_no_limit(statuses, configure):
    configure(address="")
    assert statuses(WRONG, 40) == [401] * 40


def test_limit_that_is_switched_off_lets_in_at_once(statuses, configure):
    assert statuses(WRONG, 4)[-1] == 429
    configure(address="")
    assert statuses(WRONG) == [401]


def test_process_that_saw_no_failure_gives_one_more_try(statuses):
    assert statuses(WRONG, 4)[-1] == 429
    forget_attempts()
    assert statuses(WRONG, 3) == [401, 429, 429]


def test_monitor_refuses_nothing_and_says_what_it_would(statuses, configure, caplog):
    configure(address="3/h", mode="monitor")
    caplog.set_level(logging.INFO, "oauth_m2m.attempts")
    assert statuses(WRONG, 6) == [401] * 6
    lines = [r.getMessage() for r in caplog.records if r.name == "oauth_m2m.attempts"]
    assert lines == [f"would be refused: address={ATTACKER} reason=too_many_attempts"]


def test_what_a_caller_calls_itself_is_not_in_that_line(statuses, configure, caplog):
    configure(address="3/h", mode="monitor")
    caplog.set_level(logging.INFO, "oauth_m2m.attempts")
    statuses({**WRONG, "client_id": "hunter2"}, 4)
    lines = [r.getMessage() for r in caplog.records if r.name == "oauth_m2m.attempts"]
    assert len(lines) == 1
    assert "hunter2" not in lines[0]


def test_right_requests_ask_no_cache(statuses, registered, redis_server, settings):
    settings.CACHES = redis_server.caches
    client = caches["default"]._cache.get_client()
    client.flushdb()
    before = client.info("stats")["total_commands_processed"]
    assert statuses(right(registered), 3) == [200] * 3
    # Asking how many there were is one more.
    assert client.info("stats")["total_commands_processed"] == before + 1
    statuses(WRONG)
    assert client.info("stats")["total_commands_processed"] > before + 2


def test_remembered_addresses_are_bounded(statuses, monkeypatch):
    monkeypatch.setattr(attempts, "MAX_REMEMBERED", 3)
    for number in range(10):
        statuses(WRONG, address=f"198.51.100.{number}")
        statuses({**WRONG, "client_secret": ""}, address=f"198.51.100.{number}")
    assert [len(memory.until) for memory in (attempts._failed, attempts._closed)] == [3, 0]
    assert list(attempts._failed.until) == [(f"198.51.100.{number}",) for number in (7, 8, 9)]


def test_forgotten_address_is_found_again_by_its_next_failure(statuses, monkeypatch):
    monkeypatch.setattr(attempts, "MAX_REMEMBERED", 1)
    assert statuses(WRONG, 4)[-1] == 429
    statuses(WRONG, address=ELSEWHERE)
    assert statuses(WRONG, 2) == [401, 429]


def test_forked_child_waits_for_no_lock_of_its_parent(statuses):
    statuses(WRONG)
    with attempts._failed._lock:
        child = os.fork()
        if child == 0:
            attempts._failed.remember(("x",), 1)
            os._exit(0 if attempts._failed.until.keys() == {("x",)} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_client_asks_for_as_many_tokens_as_its_rate(post, statuses, registered, configure):
    configure(client="2/h")
    assert statuses(right(registered), 4) == [200, 200, 429, 429]
    response = post(right(registered), ELSEWHERE)
    assert response.status_code == 429
    assert body_of(response) == TOO_MANY_REQUESTS
    assert 1 <= int(response["Retry-After"]) <= 3600
    row = AuditEvent.objects.filter(kind="token.refused").latest("pk")
    assert row.error_id == response.json()["error_id"]
    assert (row.reason, row.client_identifier) == ("too_many_requests", registered.client_id)
    usage.flush()
    counts = dict(UsageCount.objects.values_list("kind", "count"))
    assert counts == {"token_issued": 2, "throttled": 3}


def test_failed_attempts_do_not_use_up_the_clients_rate(statuses, registered, configure):
    configure(client="1/h", address="")
    assert statuses(guess_at(registered), 5) == [401] * 5
    assert statuses(right(registered)) == [200]


def test_rate_of_tokens_does_not_limit_introspection(statuses, registered, configure):
    configure(client="1/h")
    asked = {**registered.credentials, "token": "m2mt_x"}
    assert statuses(asked, 5, path="/oauth/introspect") == [200] * 5


def test_monitored_client_gets_its_tokens_and_is_counted(statuses, registered, configure, caplog):
    configure(client="1/h", mode="monitor")
    caplog.set_level(logging.INFO, "oauth_m2m.attempts")
    assert statuses(right(registered), 4) == [200] * 4
    lines = [r.getMessage() for r in caplog.records if r.name == "oauth_m2m.attempts"]
    assert lines == [f"would be refused: client={registered.client_id} reason=too_many_requests"]
    usage.flush()
    counts = dict(UsageCount.objects.values_list("kind", "count"))
    assert counts == {"token_issued": 4, "throttled": 3}
