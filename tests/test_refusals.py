import logging
import os
import threading
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from oauth_m2m import refusals
from oauth_m2m.credential_format import generate_secret, generate_token
from oauth_m2m.errors import InvalidClient, InvalidScope, InvalidToken, Reason
from oauth_m2m.models import AuditEvent, Client
from oauth_m2m.refusals import (
    MINUTE,
    ROWS_IN_FULL,
    flush,
    flush_if_due,
    record_refusal,
)

pytestmark = pytest.mark.django_db


def refuse(error, address: str | None = None, *, later: bool = False) -> str:
    record_refusal("token.refused", error, address, later=later)
    return error.error_id


def refused(error, address: str | None = None) -> AuditEvent:
    return AuditEvent.objects.get(error_id=refuse(error, address))


def unknown(client_id: str = "job") -> InvalidClient:
    return InvalidClient(Reason.UNKNOWN_CLIENT, client_id=client_id)


def let_a_minute_pass() -> None:
    for series in refusals._state.series.values():
        series.began_at -= MINUTE


def test_refusal_of_a_known_client_has_its_private_reason(registered):
    error = InvalidScope(
        Reason.SCOPE_NOT_GRANTED, client_id=registered.client_id, client_pk=registered.client.pk
    )
    kept = refused(error, "2001:db8::7")
    assert (kept.kind, kept.client, kept.client_identifier) == (
        "token.refused",
        registered.client,
        registered.client_id,
    )
    assert (kept.address, kept.reason) == ("2001:db8::7", "scope_not_granted")
    assert (kept.actor, kept.actor_name) == (None, "")
    assert kept.detail == {"error": "invalid_scope"}


def test_refusal_of_an_unknown_client_has_what_it_called_itself():
    error = InvalidClient(Reason.UNKNOWN_CLIENT, client_id="nobody")
    kept = refused(error)
    assert (kept.client, kept.client_identifier, kept.address) == (None, "nobody", None)


@pytest.mark.parametrize(
    "presented, kept",
    [
        ("nightly job", "nightly job"),
        ("a\x00b", "a?b"),
        ("a\r\nforged line", "a??forged line"),
        ("a\u2028b\u202ec", "a?b?c"),
        ("a\ud800", "a?"),
        ("日本", "日本"),
        ("x" * 300, "[redacted]"),
        ("x." * 200, ("x." * 200)[:255]),
    ],
    ids=[
        "plain",
        "NUL",
        "line break",
        "line separator and direction",
        "surrogate",
        "other script",
        "long word",
        "too long",
    ],
)
def test_what_a_caller_calls_itself_is_made_printable(presented, kept, caplog):
    error = InvalidClient(Reason.UNKNOWN_CLIENT, client_id=presented)
    with caplog.at_level(logging.INFO, "oauth_m2m.audit"):
        event = refused(error)
    assert event.client_identifier == kept
    [message] = caplog.messages
    assert message == (
        f"token.refused client={kept} actor=- address=- reason=unknown_client"
        f" error_id={error.error_id} count=1"
    )


@pytest.mark.parametrize("around", ["", "id=", "\x00", "."], ids=["bare", "named", "NUL", "dot"])
@pytest.mark.parametrize("kind", ["secret", "token"])
def test_credential_in_the_wrong_field_is_redacted(kind, around, caplog):
    clear = generate_secret("m2ms_")[0] if kind == "secret" else generate_token("m2mt_")
    error = InvalidClient(Reason.MALFORMED_SECRET, client_id=f"{around}{clear}{around}")
    with caplog.at_level(logging.DEBUG):
        kept = refused(error)
    assert "[redacted]" in kept.client_identifier
    assert clear[-49:] not in f"{vars(kept)} {caplog.text}"


def test_each_refusal_has_an_id_of_its_own():
    ids = {refuse(unknown()) for _ in range(ROWS_IN_FULL)}
    assert len(ids) == ROWS_IN_FULL
    assert {event.error_id for event in AuditEvent.objects.all()} == ids


def test_what_is_refused_later_is_written_after_the_request():
    error_id = refuse(unknown(), "192.0.2.7", later=True)
    assert not AuditEvent.objects.exists()
    flush_if_due()
    event = AuditEvent.objects.get()
    assert (event.error_id, event.reason, event.address) == (
        error_id,
        "unknown_client",
        "192.0.2.7",
    )
    flush_if_due()
    assert AuditEvent.objects.count() == 1


def test_flood_is_counted_and_every_id_still_finds_the_reason():
    ids = [refuse(unknown(), "192.0.2.7") for _ in range(500)]
    assert AuditEvent.objects.count() == ROWS_IN_FULL + 1
    assert set(ids) == {event.error_id for event in AuditEvent.objects.all()}
    let_a_minute_pass()
    flush_if_due()
    assert AuditEvent.objects.count() == ROWS_IN_FULL + 2
    assert sum(event.count for event in AuditEvent.objects.all()) == 500
    summary = AuditEvent.objects.get(count=500 - ROWS_IN_FULL - 1)
    assert (summary.kind, summary.reason) == ("token.refused", "unknown_client")
    assert (summary.address, summary.client_identifier) == ("192.0.2.7", "job")
    assert (summary.error_id, summary.detail) == (ids[-1], {"error": "invalid_client"})


def test_after_a_minute_refusals_have_rows_again():
    for _ in range(ROWS_IN_FULL + 5):
        refuse(unknown())
    let_a_minute_pass()
    last = refused(unknown())
    assert last.count == 1
    flush()
    assert sum(event.count for event in AuditEvent.objects.all()) == ROWS_IN_FULL + 6


def test_minute_that_is_not_over_is_not_counted_yet():
    for _ in range(ROWS_IN_FULL + 5):
        refuse(unknown())
    flush_if_due()
    assert AuditEvent.objects.count() == ROWS_IN_FULL + 1
    flush()
    assert sum(event.count for event in AuditEvent.objects.all()) == ROWS_IN_FULL + 5


def test_flood_that_fits_in_its_rows_leaves_no_count():
    for _ in range(ROWS_IN_FULL + 1):
        refuse(unknown())
    flush()
    assert AuditEvent.objects.count() == ROWS_IN_FULL + 1


def test_refusals_that_differ_are_not_counted_together(registered):
    pk = registered.client.pk
    kinds = [
        lambda: refuse(unknown(), "192.0.2.7"),
        lambda: refuse(unknown(), "192.0.2.8"),
        lambda: refuse(InvalidToken(Reason.TOKEN_EXPIRED), "192.0.2.7"),
        lambda: refuse(InvalidClient(Reason.UNKNOWN_CLIENT, client_pk=pk), "192.0.2.7"),
    ]
    for one in kinds:
        for _ in range(ROWS_IN_FULL):
            one()
    ids = set(AuditEvent.objects.filter(kind="token.refused").values_list("error_id", flat=True))
    assert len(ids) == 4 * ROWS_IN_FULL


def test_flood_from_everywhere_stays_small_in_memory_and_table(monkeypatch):
    monkeypatch.setattr(refusals, "MAX_SERIES", 10)
    for number in range(200):
        refuse(unknown(f"guess-{number}"), f"192.0.2.{number}")
    assert len(refusals._state.series) == 11
    flush()
    assert AuditEvent.objects.count() == 10 + ROWS_IN_FULL + 2
    assert sum(event.count for event in AuditEvent.objects.all()) == 200


@pytest.mark.django_db(transaction=True)
def test_rows_wait_while_the_database_is_away(caplog):
    error_ids = {refuse(unknown(), later=True) for _ in range(3)}

    def away(*_arguments):
        raise DatabaseError

    with connection.execute_wrapper(away):
        flush_if_due()
    assert caplog.messages[-1] == "refusals kept for later: DatabaseError"
    flush_if_due()
    assert {event.error_id for event in AuditEvent.objects.all()} == error_ids


def test_waiting_rows_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(refusals, "MAX_WAITING", 2)
    for _ in range(5):
        refuse(unknown(), later=True)
    assert len(refusals._state.waiting) == 2


def test_refusal_of_a_client_that_was_deleted_meanwhile_is_kept(register):
    gone = register("a").client
    error = InvalidClient(Reason.CLIENT_DISABLED, client_id=gone.client_id, client_pk=gone.pk)
    refuse(error, later=True)
    Client.objects.all().delete()
    with transaction.atomic():
        flush()
    connection.check_constraints()
    event = AuditEvent.objects.get(error_id=error.error_id)
    assert (event.client, event.client_identifier) == (None, gone.client_id)


def test_rows_of_another_thread_are_left_to_it_for_a_minute():
    thread = threading.Thread(target=refuse, args=(unknown(),), kwargs={"later": True})
    thread.start()
    thread.join()
    flush_if_due()
    assert not AuditEvent.objects.exists()
    [waiting] = refusals._state.waiting
    refusals._state.waiting = [replace(waiting, since=waiting.since - MINUTE)]
    flush_if_due()
    assert AuditEvent.objects.count() == 1


def test_child_process_does_not_write_its_parents_rows(db):
    refuse(unknown(), later=True)
    pid = os.fork()
    if pid == 0:
        os._exit(len(refusals._state.waiting))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(refusals._state.waiting) == 1
