import hashlib
import json
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from oauth_m2m.models import AuditEvent, AuditSeal
from oauth_m2m.operations import audit_seals
from oauth_m2m.operations.audit_records import lines
from oauth_m2m.operations.audit_seals import (
    ROWS_OF_A_SEAL,
    clear_sealed_events,
    newest_seal,
    seal_events,
)
from oauth_m2m.operations.audit_verification import verify_seals
from oauth_m2m.operations.clients import delete_client
from tests.connections import needs_two_connections
from tests.statements import insert_into, update_of
from tests.trails import START, seal, sealed, write

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def clear(actor, *, before=START + 9 * DAY) -> list[int]:
    return list(clear_sealed_events(before=before, actor=actor))


def in_another_thread(deed):
    """Return a wrapper of statements that does *deed* on a connection of its own, once."""

    def act() -> None:
        deed()
        connection.close()

    def run_first(execute, sql, params, many, context):
        if sql.startswith(run_first.start) and not run_first.done:
            run_first.done = True
            thread = threading.Thread(target=act)
            thread.start()
            thread.join()
        return execute(sql, params, many, context)

    run_first.done = False
    return run_first


def test_batch_has_the_digest_of_each_line_and_of_the_batch_before():
    [one, two], [three] = sealed(2, 1)
    first, second = AuditSeal.objects.order_by("sequence")
    digests = [hashlib.sha256(line.encode()).hexdigest() for line in lines()]
    assert first.row_digests == [[one, digests[0]], [two, digests[1]]]
    assert second.row_digests == [[three, digests[2]]]
    assert (first.sequence, first.previous_digest) == (1, "")
    assert (second.sequence, second.previous_digest) == (2, first.digest)
    # As an auditor without our code would compute it.
    sealed_text = json.dumps(
        {
            "sequence": 2,
            "sealed_at": second.sealed_at.isoformat(timespec="microseconds"),
            "previous": first.digest,
            "rows": [[three, digests[2]]],
        },
        separators=(",", ":"),
    )
    assert second.digest == hashlib.sha256(sealed_text.encode()).hexdigest()
    assert newest_seal() == second


def test_each_row_is_sealed_once_and_without_rows_there_is_no_batch():
    assert (seal(), newest_seal()) == ([], None)
    [rows] = sealed(3)
    assert seal() == []
    assert list(AuditEvent.objects.values_list("seal", flat=True)) == [1] * len(rows)


@pytest.mark.parametrize("extra", [0, 1], ids=["full batches", "one row over"])
def test_many_rows_are_sealed_in_batches(extra, monkeypatch):
    monkeypatch.setattr(audit_seals, "ROWS_OF_A_SEAL", 3)
    written = write(6 + extra)
    batches = [[pk for pk, _ in one.row_digests] for one in seal()]
    assert batches == [written[:3], written[3:6], *([written[6:]] if extra else [])]


def test_batch_is_small_enough_to_be_one_statement():
    assert ROWS_OF_A_SEAL <= 1_000


def test_client_and_user_may_be_deleted_after_their_rows_were_sealed(
    registered, actor, django_user_model
):
    user = django_user_model.objects.create_user("olga")
    AuditEvent.objects.update(actor=user)
    seal()
    delete_client(registered.client, actor=actor)
    user.delete()
    assert not AuditEvent.objects.exclude(client=None, actor=None).exists()
    seal()
    assert len(list(verify_seals())) == 2


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_two_who_seal_at_once_seal_once():
    written = write(3)
    meanwhile = in_another_thread(seal)
    meanwhile.start = insert_into(AuditSeal)
    with connection.execute_wrapper(meanwhile):
        assert list(seal_events()) == []
    assert meanwhile.done
    assert [pk for pk, _ in AuditSeal.objects.get().row_digests] == written
    assert len(list(verify_seals())) == 1


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_rows_written_while_another_sealed_get_the_next_batch():
    write(3)

    def seal_and_write() -> None:
        seal()
        write(2)

    meanwhile = in_another_thread(seal_and_write)
    meanwhile.start = insert_into(AuditSeal)
    with connection.execute_wrapper(meanwhile):
        [second] = seal_events()
    assert (second.sequence, len(second.row_digests)) == (2, 2)
    assert len(list(verify_seals())) == 2


def test_seal_that_the_database_refuses_for_another_reason_is_an_error():
    write(1)

    def refuse(execute, sql, params, many, context):
        if sql.startswith(insert_into(AuditSeal)):
            raise IntegrityError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse), pytest.raises(IntegrityError):
        seal()
    assert AuditEvent.objects.get().seal is None


def test_oldest_batches_go_and_the_last_seal_of_them_stays(actor):
    *_, kept = sealed(3, 2, 2, 1)
    digest = AuditSeal.objects.get(sequence=3).digest
    start = timezone.now()
    assert clear(actor, before=START + 3 * DAY) == [3, 2, 2]
    event = AuditEvent.objects.get(kind="audit.cleared")
    assert (event.actor_name, event.client_identifier) == (actor.name, "")
    assert event.detail == {"rows": 7, "batches": 3, "digest": digest}
    assert list(AuditEvent.objects.exclude(pk=event.pk).values_list("pk", flat=True)) == kept
    anchor, last = AuditSeal.objects.order_by("sequence")
    assert (anchor.sequence, anchor.digest, last.sequence) == (3, digest, 4)
    assert start <= anchor.cleared_at <= timezone.now()
    assert last.cleared_at is None
    seal()
    assert [one.sequence for one in verify_seals()] == [3, 4, 5]


def test_batch_with_one_younger_row_stays_whole(actor):
    [[_, last]] = sealed(2)
    AuditEvent.objects.filter(pk=last).update(created_at=START + 20 * DAY)
    assert clear(actor) == []
    assert AuditEvent.objects.count() == 2


def test_what_is_not_sealed_is_not_cleared(actor):
    write(2)
    assert clear(actor) == []
    assert AuditEvent.objects.count() == 2


def test_new_rows_are_sealed_after_the_last_batch_that_was_cleared(actor):
    sealed(1, 1)
    clear(actor)
    [third] = seal()
    anchor = AuditSeal.objects.get(sequence=2)
    assert (third.sequence, third.previous_digest) == (3, anchor.digest)


def test_interrupted_clearing_is_accounted_for(actor):
    sealed(2, 2)
    clearing = clear_sealed_events(before=START + 9 * DAY, actor=actor)
    assert next(clearing) == 2
    clearing.close()
    assert AuditEvent.objects.get(kind="audit.cleared").detail["rows"] == 2
    assert AuditEvent.objects.count() == 3


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_two_who_clear_at_once_clear_once(actor):
    sealed(2, 2)
    meanwhile = in_another_thread(lambda: clear(actor))
    meanwhile.start = update_of(AuditSeal)
    with connection.execute_wrapper(meanwhile):
        assert clear(actor) == [0]
    assert meanwhile.done
    assert [event.detail["rows"] for event in AuditEvent.objects.all()] == [4]
    assert len(list(verify_seals())) == 1
