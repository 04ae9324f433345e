from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F, Value
from django.utils import timezone

from oauth_m2m.models import AuditEvent, AuditSeal
from oauth_m2m.operations.audit_seals import clear_sealed_events, seal_digest
from oauth_m2m.operations.audit_verification import TrailAlteredError, verify_seals
from tests.statements import column
from tests.trails import START, sealed, write

pytestmark = pytest.mark.django_db

LATER = START + timedelta(days=9)
ALTERED = {
    "created_at": START + timedelta(seconds=1),
    "kind": "token.revoked",
    "actor_name": "mallory",
    "client_identifier": "robot-9",
    "address": "198.51.100.1",
    "reason": "another",
    "error_id": "",
    "count": 2,
    "detail": {"b": 1, "a": ["é", {"z": None, "y": 2}]},
}


def refused() -> TrailAlteredError:
    with pytest.raises(TrailAlteredError) as caught:
        list(verify_seals())
    return caught.value


def verified() -> list[int]:
    return [seal.sequence for seal in verify_seals()]


def clear(actor) -> None:
    for _ in clear_sealed_events(before=LATER, actor=actor):
        pass


def test_trail_that_nobody_touched_holds():
    sealed(3, 1, 2)
    write(1)
    assert verified() == [1, 2, 3]


def test_empty_trail_holds():
    assert verified() == []


def test_every_column_is_altered_here():
    others = {"id", "actor", "client", "seal"}
    assert {field.name for field in AuditEvent._meta.concrete_fields} == ALTERED.keys() | others


@pytest.mark.parametrize("column", sorted(ALTERED))
def test_altered_column_is_found_in_the_first_altered_row(column: str):
    _, [_, altered, another] = sealed(2, 3)
    AuditEvent.objects.filter(pk__in=[altered, another]).update(**{column: ALTERED[column]})
    error = refused()
    assert (str(error), error.event_id) == (f"Row {altered} of batch 2 was altered.", altered)


def test_change_too_small_to_see_is_found():
    [[pk]] = sealed(1)
    later = F("created_at") + Value(timedelta(microseconds=1))
    AuditEvent.objects.filter(pk=pk).update(created_at=later)
    assert str(refused()) == f"Row {pk} of batch 1 was altered."


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_deleted_row_is_named(place: int):
    [rows, _] = sealed(3, 1)
    AuditEvent.objects.filter(pk=rows[place]).delete()
    error = refused()
    assert error.event_id == rows[place]
    assert str(error) == f"Row {rows[place]} of batch 1 was deleted, or taken out of the batch."


def test_deleted_batch_is_found_by_its_first_row():
    [[first, _], _] = sealed(2, 1)
    AuditEvent.objects.filter(seal=1).delete()
    assert refused().event_id == first


def test_row_that_got_another_id_is_missed():
    [[first, _]] = sealed(2)
    AuditEvent.objects.filter(pk=first).update(id=first + 1_000)
    assert str(refused()) == f"Row {first} of batch 1 was deleted, or taken out of the batch."


def test_row_that_was_taken_out_of_its_batch_is_missed():
    [[_, last]] = sealed(2)
    AuditEvent.objects.filter(pk=last).update(seal=None)
    assert refused().event_id == last


def test_row_that_was_moved_to_another_batch_is_found_there():
    [[_, moved], _] = sealed(2, 1)
    AuditEvent.objects.filter(pk=moved).update(seal=2)
    assert refused().event_id == moved


@pytest.mark.parametrize("place", ["before", "between", "behind"])
def test_inserted_row_is_named(place: str):
    [[first, middle, last]] = sealed(3)
    AuditEvent.objects.filter(pk=middle).delete()
    AuditSeal.objects.update(row_digests=[])
    AuditEvent.objects.update(seal=None)
    AuditSeal.objects.all().delete()
    sealed(0)
    pk = {"before": first - 1, "between": middle, "behind": last + 1}[place]
    AuditEvent.objects.create(pk=pk, kind="token.refused", seal_id=1)
    assert str(refused()) == f"Row {pk} of batch 1 was inserted after the batch was sealed."


def test_rows_that_swapped_places_are_found():
    [[one, two, _]] = sealed(3)
    AuditEvent.objects.filter(pk=one).update(id=one + 1_000)
    AuditEvent.objects.filter(pk=two).update(id=one)
    AuditEvent.objects.filter(pk=one + 1_000).update(id=two)
    assert str(refused()) == f"Row {one} of batch 1 was altered."


def test_relations_may_change_because_the_names_are_what_counts(registered):
    sealed(1)
    assert AuditEvent.objects.update(client=registered.client)
    assert verified() == [1]
    AuditEvent.objects.update(client=None)
    assert verified() == [1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"digest": "0" * 64}, id="digest"),
        pytest.param({"previous_digest": "0" * 64}, id="digest of the batch before"),
        pytest.param({"row_digests": []}, id="digests of the rows"),
        pytest.param({"sealed_at": START}, id="time"),
    ],
)
def test_altered_seal_is_found(change):
    sealed(1, 1)
    AuditSeal.objects.filter(sequence=2).update(**change)
    error = refused()
    assert (str(error), error.event_id) == ("The seal of batch 2 was altered.", None)


def test_altered_row_with_a_new_seal_to_match_is_found_by_the_next_batch():
    [[pk], *_] = sealed(1, 1)
    AuditEvent.objects.filter(pk=pk).update(reason="another", seal=None)
    AuditEvent.objects.filter(seal=2).update(seal=None)
    second = AuditSeal.objects.get(sequence=2)
    AuditSeal.objects.all().delete()
    AuditEvent.objects.exclude(pk=pk).update(created_at=F("created_at"))
    kept = list(AuditEvent.objects.exclude(pk=pk))
    AuditEvent.objects.exclude(pk=pk).delete()
    sealed(0)
    second.save(force_insert=True)
    for event in kept:
        event.seal = second
        event.save(force_insert=True)
    assert str(refused()) == (
        "Batch 2 does not follow the one before it: one of the two was replaced."
    )


@pytest.mark.parametrize("gone, next_one", [(1, 2), (2, 3)], ids=["first", "middle"])
def test_batch_that_was_cut_out_with_its_seal_is_missed(gone: int, next_one: int):
    sealed(1, 1, 1)
    AuditEvent.objects.filter(seal=gone).delete()
    AuditSeal.objects.filter(sequence=gone).delete()
    assert str(refused()) == (
        f"The seal of batch {gone} is missing; the next one is that of {next_one}."
    )


def test_mark_of_clearing_hides_nothing_before_it():
    sealed(1, 1)
    AuditEvent.objects.filter(seal=2).delete()
    AuditSeal.objects.filter(sequence=2).update(cleared_at=timezone.now())
    assert str(refused()) == "Batch 2 is marked as cleared, and is not the oldest."


def test_row_in_a_batch_that_was_cleared_is_a_stray(actor):
    sealed(1)
    clear(actor)
    stray = AuditEvent.objects.create(kind="token.refused", seal_id=1)
    error = refused()
    assert (str(error), error.event_id) == (
        f"Row {stray.pk} was inserted into a batch that has no rows any more.",
        stray.pk,
    )


def test_seal_of_a_cleared_batch_is_held_too(actor):
    sealed(1)
    clear(actor)
    assert verified() == [1]
    AuditSeal.objects.update(row_digests=[])
    assert str(refused()) == "The seal of batch 1 was altered."


def test_batches_that_are_cleared_meanwhile_are_no_alarm(actor):
    sealed(1, 1, 1)
    verifying = verify_seals()
    assert next(verifying).sequence == 1
    clear(actor)
    [anchor] = verifying
    assert (anchor.sequence, anchor.cleared_at is None) == (3, False)


def test_rows_that_are_cleared_while_they_are_read_are_no_alarm(actor):
    sealed(2)

    def clear_first(execute, sql, params, many, context):
        if f"{column(AuditEvent, 'seal')} = " in sql and not clear_first.done:
            clear_first.done = True
            clear(actor)
        return execute(sql, params, many, context)

    clear_first.done = False
    with connection.execute_wrapper(clear_first):
        assert verified() == [1]
    assert clear_first.done
    assert not AuditEvent.objects.filter(seal=1).exists()


def test_digest_of_a_seal_is_its_own():
    sealed(1)
    seal = AuditSeal.objects.get()
    assert seal.digest == seal_digest(seal)
