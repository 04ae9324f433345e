"""Who still uses a secret that is being replaced, and that this is what keeps it working."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from oauth_m2m.models import AuditEvent, ClientSecret
from oauth_m2m.models.credentials import USE_PRECISION
from oauth_m2m.operations.credentials import rotate_secret
from oauth_m2m.rotation import uses
from oauth_m2m.rotation.uses import (
    KEPT_ADDRESSES,
    flush,
    flush_if_due,
    forget_retiring_uses,
    record_retiring_use,
)
from tests.connections import needs_two_connections

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def old(registered, actor) -> ClientSecret:
    """The old secret of a client, which ends once it was unused for a day."""
    rotate_secret(registered.client, actor=actor, until_unused=DAY)
    return ClientSecret.objects.get(key_id=registered.key_id)


def stored(secret: ClientSecret) -> ClientSecret:
    return ClientSecret.objects.get(pk=secret.pk)


def addresses(secret: ClientSecret) -> list[str]:
    return [address for address, _ in stored(secret).last_addresses]


def age(secret: ClientSecret, by: timedelta) -> None:
    """Let *by* pass since all that the row knows."""
    row = stored(secret)
    row.created_at -= by
    row.retiring_since -= by
    row.expires_at -= by
    if row.last_used_at:
        row.last_used_at -= by
    row.save()


def let_a_minute_pass() -> None:
    for pk in uses._state.written_at:
        uses._state.written_at[pk] -= USE_PRECISION.total_seconds()


@pytest.fixture
def use(registered, http):
    """Use the old secret at an endpoint; return the status."""

    def use(path: str = "/oauth/token", address: str = "192.0.2.7") -> int:
        fields = {"grant_type": "client_credentials", "token": "x", **registered.credentials}
        if path != "/oauth/token":
            del fields["grant_type"]
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        form = "application/x-www-form-urlencoded"
        return http.post(path, body, content_type=form, REMOTE_ADDR=address).status_code

    return use


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
def test_use_is_written_when_its_request_ends_and_moves_the_end(old, use, path):
    age(old, HOUR)
    before = timezone.now()
    assert use(path) == 200
    row = stored(old)
    assert before <= row.last_used_at <= timezone.now()
    assert row.expires_at == row.last_used_at + DAY + USE_PRECISION
    assert row.last_addresses == [["192.0.2.7", row.last_used_at.isoformat()]]


def test_secret_works_while_it_is_used_and_stops_once_it_was_not(old, use):
    for _ in range(3):
        age(old, 23 * HOUR)
        let_a_minute_pass()
        assert use() == 200
    age(old, DAY + USE_PRECISION)
    assert use() == 401
    assert AuditEvent.objects.get(kind="token.refused").reason == "secret_unused"
    assert stored(old).state == "expired"


def test_secret_works_for_the_whole_time_after_its_last_use(old, use):
    age(old, DAY)
    assert use() == 200


def test_secret_that_is_used_stops_on_its_last_day(old, use):
    ClientSecret.objects.filter(pk=old.pk).update(latest_end_at=timezone.now() + 10 * HOUR)
    age(old, 20 * HOUR)
    assert use() == 200
    row = stored(old)
    assert row.expires_at == row.latest_end_at
    now = timezone.now()
    ClientSecret.objects.filter(pk=old.pk).update(expires_at=now, latest_end_at=now)
    assert use() == 401
    assert AuditEvent.objects.get(kind="token.refused").reason == "secret_expired"


def test_end_at_a_moment_stays_where_it_is(registered, actor, use):
    rotate_secret(registered.client, actor=actor, overlap=HOUR)
    row = ClientSecret.objects.get(key_id=registered.key_id)
    assert use() == 200
    assert stored(row).expires_at == row.expires_at
    assert addresses(row) == ["192.0.2.7"]


def test_secret_that_is_not_retiring_costs_nothing(registered, use):
    assert use() == 200
    secret = registered.client.secrets.get()
    assert (secret.last_used_at, secret.last_addresses) == (None, [])
    assert not uses._state.waiting


def test_refused_use_is_none(old, use, registered):
    ClientSecret.objects.filter(pk=old.pk).update(revoked_at=timezone.now())
    assert use() == 401
    assert (stored(old).last_used_at, addresses(old)) == (None, [])


def test_process_writes_a_secret_once_a_minute(old, use, django_assert_num_queries):
    use()
    with django_assert_num_queries(2):
        use(address="192.0.2.8")
    assert addresses(old) == ["192.0.2.7"]
    let_a_minute_pass()
    flush_if_due()
    assert addresses(old) == ["192.0.2.8", "192.0.2.7"]
    with django_assert_num_queries(0):
        flush_if_due()


def test_last_addresses_are_kept_the_newest_first(old):
    for number in range(KEPT_ADDRESSES + 2):
        record_retiring_use(old.pk, f"192.0.2.{number}")
    record_retiring_use(old.pk, "192.0.2.3")
    flush()
    assert addresses(old) == [f"192.0.2.{number}" for number in (3, 6, 5, 4, 2)]
    record_retiring_use(old.pk, "2001:db8::1")
    flush()
    assert addresses(old) == ["2001:db8::1", *(f"192.0.2.{number}" for number in (3, 6, 5, 4))]


def test_use_without_an_address_is_a_use(old):
    record_retiring_use(old.pk, None)
    flush()
    assert stored(old).last_used_at is not None
    assert addresses(old) == []


def test_use_that_is_written_late_moves_nothing_back(old):
    record_retiring_use(old.pk, "192.0.2.7")
    later = timezone.now() + HOUR
    row = stored(old)
    row.last_used_at, row.expires_at = later, later + 2 * DAY
    row.last_addresses = [["192.0.2.7", later.isoformat()]]
    row.save()
    flush()
    row = stored(old)
    assert (row.last_used_at, row.expires_at) == (later, later + 2 * DAY)
    assert row.last_addresses == [["192.0.2.7", later.isoformat()]]


def test_secret_that_was_deleted_is_forgotten(old):
    record_retiring_use(old.pk, "192.0.2.7")
    ClientSecret.objects.all().delete()
    flush()
    assert not uses._state.waiting


def test_what_the_database_refuses_is_kept_for_the_next_time(old, caplog):
    record_retiring_use(old.pk, "192.0.2.7")
    with connection.cursor() as cursor, caplog.at_level(logging.WARNING, "oauth_m2m.usage"):
        cursor.execute("ALTER TABLE oauth_m2m_clientsecret RENAME TO elsewhere")
        flush_if_due()
        cursor.execute("ALTER TABLE elsewhere RENAME TO oauth_m2m_clientsecret")
    [message] = caplog.messages
    assert message.startswith("uses of a retiring secret kept for later: ")
    record_retiring_use(old.pk, "192.0.2.8")
    flush_if_due()
    assert addresses(old) == ["192.0.2.8", "192.0.2.7"]


def test_forked_child_starts_with_nothing(old):
    record_retiring_use(old.pk, "192.0.2.7")
    forget_retiring_uses()
    flush()
    assert stored(old).last_used_at is None


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_write_at_once_keep_both_addresses(old):
    ready = threading.Barrier(2)

    def write(address: str) -> None:
        ready.wait()
        uses._store(old.pk, {address: timezone.now()})
        connection.close()

    threads = [threading.Thread(target=write, args=[f"192.0.2.{n}"]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(addresses(old)) == ["192.0.2.0", "192.0.2.1"]
