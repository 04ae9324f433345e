import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from oauth_m2m import usage
from oauth_m2m.models import Client, ClientKey, ClientSecret, UsageCount
from oauth_m2m.usage import FLUSH_INTERVAL_SECONDS, flush, flush_if_due, hold, record_use
from tests.connections import (
    needs_postgresql,
    needs_two_connections,
    wait_until_somebody_waits_for_a_lock,
)

Kind = UsageCount.Kind


def counts() -> dict[tuple[int, str], int]:
    return {(row.client_id, row.kind): row.count for row in UsageCount.objects.all()}


def let_a_minute_pass() -> None:
    usage._pending.last_flush -= FLUSH_INTERVAL_SECONDS


@pytest.fixture
def other(register):
    return register("a")


@pytest.mark.django_db
def test_uses_are_counted_by_client_and_kind(registered, other):
    one, two = registered.client.pk, other.client.pk
    for kind in (Kind.TOKEN_ISSUED, Kind.API_CALL, Kind.API_CALL, Kind.REFUSAL):
        record_use(kind, one)
    record_use(Kind.API_CALL, two)
    assert counts() == {}
    flush()
    assert counts() == {
        (one, "token_issued"): 1,
        (one, "api_call"): 2,
        (one, "refusal"): 1,
        (two, "api_call"): 1,
    }
    assert {row.day for row in UsageCount.objects.all()} == {timezone.now().date()}


@pytest.mark.django_db
def test_later_uses_are_added_to_the_days_row(registered):
    for _ in range(3):
        record_use(Kind.API_CALL, registered.client.pk)
        flush()
    assert counts() == {(registered.client.pk, "api_call"): 3}


@pytest.mark.django_db
def test_held_counters_are_written_only_when_told(registered):
    hold()
    record_use(Kind.API_CALL, registered.client.pk)
    let_a_minute_pass()
    flush_if_due()
    assert counts() == {}
    flush()
    assert counts() == {(registered.client.pk, "api_call"): 1}


@pytest.mark.django_db
def test_nothing_is_written_twice(registered, django_assert_num_queries):
    record_use(Kind.API_CALL, registered.client.pk)
    flush()
    flush()
    assert counts() == {(registered.client.pk, "api_call"): 1}


@pytest.mark.django_db
def test_requests_without_a_known_client_are_not_counted():
    record_use(Kind.REFUSAL, None)
    assert not usage._pending.counts


@pytest.mark.django_db
def test_last_use_of_client_and_secret_is_kept(registered):
    secret = ClientSecret.objects.get()
    before = timezone.now()
    record_use(Kind.TOKEN_ISSUED, registered.client.pk, secret_pk=secret.pk)
    flush()
    registered.client.refresh_from_db()
    secret.refresh_from_db()
    assert before <= registered.client.last_used_at <= timezone.now()
    assert secret.last_used_at == registered.client.last_used_at


@pytest.mark.django_db
def test_last_use_of_a_key_is_written(registered):
    key = ClientKey.objects.create(client=registered.client, kid="1", public_jwk={})
    record_use(Kind.TOKEN_ISSUED, registered.client.pk, key_pk=key.pk)
    flush()
    key.refresh_from_db()
    assert key.last_used_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
def test_client_that_only_asks_about_tokens_uses_its_secret(registered, http, path):
    form = "application/x-www-form-urlencoded"
    fields = {**registered.credentials, "token": "x"}
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    assert http.post(path, body, content_type=form).status_code == 200
    let_a_minute_pass()
    flush_if_due()
    registered.client.refresh_from_db()
    assert registered.client.last_used_at == ClientSecret.objects.get().last_used_at is not None
    assert counts() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [Kind.REFUSAL, Kind.THROTTLED])
def test_a_refusal_is_no_use_of_the_client(registered, kind):
    record_use(kind, registered.client.pk)
    flush()
    registered.client.refresh_from_db()
    assert registered.client.last_used_at is None


@pytest.mark.django_db
def test_last_use_never_moves_back(registered):
    later = timezone.now() + timedelta(hours=1)
    Client.objects.update(last_used_at=later)
    record_use(Kind.API_CALL, registered.client.pk)
    flush()
    registered.client.refresh_from_db()
    assert registered.client.last_used_at == later


@pytest.mark.django_db
def test_requests_are_counted_as_what_they_were(registered, bearer, post_token, http):
    headers = bearer(registered)
    http.get("/api/orders/", headers=headers)
    http.get("/api/orders/", headers={"Authorization": "Bearer m2mt_x"})
    ClientSecret.objects.update(revoked_at=timezone.now())
    post_token({"grant_type": "client_credentials", **registered.credentials})
    flush()
    pk = registered.client.pk
    assert counts() == {(pk, "token_issued"): 1, (pk, "api_call"): 1, (pk, "refusal"): 1}
    assert ClientSecret.objects.get().last_used_at is not None


@pytest.mark.django_db
def test_counters_are_written_at_most_once_a_minute(registered, django_assert_num_queries):
    record_use(Kind.API_CALL, registered.client.pk)
    with django_assert_num_queries(0):
        flush_if_due()
    let_a_minute_pass()
    flush_if_due()
    assert counts() == {(registered.client.pk, "api_call"): 1}
    record_use(Kind.API_CALL, registered.client.pk)
    with django_assert_num_queries(0):
        flush_if_due()


@pytest.mark.django_db
def test_a_quiet_minute_costs_no_query(django_assert_num_queries):
    let_a_minute_pass()
    with django_assert_num_queries(0):
        flush_if_due()


@pytest.mark.django_db
def test_the_end_of_a_request_writes_them(registered, http):
    record_use(Kind.API_CALL, registered.client.pk)
    let_a_minute_pass()
    http.get("/oauth/token")
    assert counts() == {(registered.client.pk, "api_call"): 1}


@pytest.mark.django_db
def test_uses_of_a_deleted_client_are_dropped_and_the_rest_is_written(registered, other):
    record_use(Kind.API_CALL, registered.client.pk)
    record_use(Kind.API_CALL, other.client.pk)
    registered.client.delete()
    flush()
    assert counts() == {(other.client.pk, "api_call"): 1}
    assert not usage._pending.counts


@pytest.mark.django_db(transaction=True)  # MariaDB ends a transaction where a table is renamed
def test_what_the_database_refuses_is_kept_for_the_next_time(registered, caplog):
    pk, secret = registered.client.pk, ClientSecret.objects.get()
    key = ClientKey.objects.create(client=registered.client, kid="1", public_jwk={})
    record_use(Kind.API_CALL, pk)
    record_use(Kind.TOKEN_ISSUED, pk, secret_pk=secret.pk, key_pk=key.pk)
    with connection.cursor() as cursor, caplog.at_level(logging.WARNING, "oauth_m2m.usage"):
        cursor.execute("ALTER TABLE oauth_m2m_usagecount RENAME TO elsewhere")
        flush()
        cursor.execute("ALTER TABLE elsewhere RENAME TO oauth_m2m_usagecount")
    [message] = caplog.messages
    assert message.startswith("usage counters kept for later: ")
    let_a_minute_pass()
    record_use(Kind.API_CALL, pk)
    latest = usage._pending.clients[pk]
    flush()
    assert counts() == {(pk, "api_call"): 2, (pk, "token_issued"): 1}
    registered.client.refresh_from_db()
    secret.refresh_from_db()
    key.refresh_from_db()
    assert registered.client.last_used_at == latest
    assert key.last_used_at == secret.last_used_at < latest


@pytest.mark.django_db
def test_later_times_win_over_those_taken_back(registered):
    pk = registered.client.pk
    record_use(Kind.API_CALL, pk)
    batch = usage._take()
    record_use(Kind.API_CALL, pk)
    latest = usage._pending.clients[pk]
    usage._pending.absorb(batch)
    assert usage._pending.clients[pk] == latest
    assert list(usage._pending.counts.values()) == [2]


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_a_closed_connection_keeps_the_counters(registered):
    record_use(Kind.API_CALL, registered.client.pk)
    connection.ensure_connection()
    connection.connection.close()
    flush()
    assert usage._pending.counts
    # MySQLdb closes nothing twice.
    with suppress(OperationalError):
        connection.close()
    flush()
    assert counts() == {(registered.client.pk, "api_call"): 1}


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_make_the_same_row_both_count(registered):
    pk = registered.client.pk
    record_use(Kind.API_CALL, pk)
    batch = usage._take()

    def write_from_elsewhere() -> None:
        with transaction.atomic():
            usage._write(batch)
        connection.close()

    thread = threading.Thread(target=write_from_elsewhere)
    with transaction.atomic():
        UsageCount.objects.create(
            client_id=pk, day=timezone.now().date(), kind=Kind.API_CALL, count=5
        )
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join()
    assert counts() == {(pk, "api_call"): 6}


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_many_threads_lose_nothing(registered):
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(25):
            record_use(Kind.API_CALL, registered.client.pk)
            flush()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flush()
    assert counts() == {(registered.client.pk, "api_call"): 200}


FORK = """
import os, signal, threading, django
django.setup()
from oauth_m2m import usage
from oauth_m2m.models import UsageCount
usage.record_use(UsageCount.Kind.API_CALL, 1)
held = threading.Event()
def hold():
    with usage._lock:
        held.set()
        threading.Event().wait()
threading.Thread(target=hold, daemon=True).start()
held.wait()
child = os.fork()
if child == 0:
    signal.alarm(10)
    assert not usage._pending.counts
    usage.record_use(UsageCount.Kind.API_CALL, 2)
    os._exit(list(usage._pending.counts.values()) != [1])
assert os.waitpid(child, 0)[1] == 0
assert list(usage._pending.counts.values()) == [1]
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_starts_from_zero_and_waits_for_nobody():
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60)
