import json
import tracemalloc
from datetime import timedelta

import pytest

from oauth_m2m.models import AuditEvent
from oauth_m2m.operations.audit_records import (
    COLUMNS,
    FROM_THE_START,
    Position,
    line_of,
    lines,
    position_after,
)
from oauth_m2m.operations.audit_seals import clear_sealed_events
from tests.trails import MINUTE, START, seal, sealed, write

pytestmark = pytest.mark.django_db


def ids(**choice) -> list[int]:
    return [json.loads(line)["id"] for line in lines(**choice)]


def test_line_has_every_field_in_a_fixed_order_and_form():
    [pk] = write(1)
    assert "".join(lines()) == (
        f'{{"id":{pk},"created_at":"2026-01-31T12:00:00.000000+00:00","kind":"token.refused",'
        '"actor":"olga","client_id":"robot-0","address":"192.0.2.7","reason":"reason 0",'
        '"error_id":"000000000000","count":1,'
        '"detail":{"a":["\\u00e9",{"y":1,"z":null}],"b":0}}'
    )


def test_every_column_but_relations_is_in_the_line():
    relations = {"actor", "client", "seal"}
    fields = {field.name for field in AuditEvent._meta.concrete_fields}
    assert set(COLUMNS) == fields - relations


def test_line_is_the_same_whatever_the_order_in_which_the_detail_was_written():
    row = dict.fromkeys(COLUMNS, "") | {"created_at": START}
    one = line_of(row | {"detail": {"a": 1, "b": [{"c": 2, "d": 3}]}})
    assert line_of(row | {"detail": {"b": [{"d": 3, "c": 2}], "a": 1}}) == one


def test_rows_are_chosen_by_time_kind_and_client():
    written = write(6)
    assert ids() == written
    assert ids(since=START + 2 * MINUTE) == written[2:]
    assert ids(until=START + 2 * MINUTE) == written[:2]
    assert ids(since=START + MINUTE, until=START + 3 * MINUTE) == written[1:3]
    assert ids(kinds=["secret.rotated"]) == written[1::2]
    assert ids(kinds=["secret.rotated", "token.refused"]) == written
    assert ids(client_id="robot-1") == [written[1], written[4]]
    assert ids(client_id="robot-1", kinds=["secret.rotated"]) == [written[1]]


def test_increments_have_each_sealed_row_once():
    first, second = sealed(3, 2)
    unsealed = write(1)
    assert ids(after=FROM_THE_START) == first + second
    assert ids(after=position_after(first[0])) == first[1:] + second
    assert ids(after=position_after(second[-1])) == []
    seal()
    assert ids(after=position_after(second[-1])) == unsealed
    assert ids(after=position_after(first[-1]), kinds=["secret.rotated"]) == [second[1]]


def test_row_that_became_visible_late_is_in_the_next_increment():
    [[late, _, last]] = sealed(3)
    # As if the transaction of the first row had ended only now.
    AuditEvent.objects.filter(pk=late).update(seal=None)
    seal()
    assert ids(after=position_after(last)) == [late]
    assert ids(after=position_after(late)) == []


def test_place_of_a_row_is_its_batch_and_its_id():
    first, second = sealed(2, 2)
    assert position_after(0) == FROM_THE_START
    assert position_after(first[1]) == Position(1, first[1])
    assert position_after(second[0]) == Position(2, second[0])


def test_row_that_is_not_sealed_or_does_not_exist_has_no_place(actor):
    [first] = sealed(1)
    [unsealed] = write(1)
    assert position_after(unsealed) is None
    assert position_after(unsealed + 1) is None
    for _ in clear_sealed_events(before=START + timedelta(hours=1), actor=actor):
        pass
    assert position_after(unsealed) is None
    assert position_after(unsealed + 9) is None
    # Cleared: all that are left come after it.
    assert position_after(first[0]) == FROM_THE_START


def test_late_row_that_is_not_sealed_yet_is_no_place_among_the_cleared(actor):
    [[late, last]] = sealed(2)
    AuditEvent.objects.filter(pk=late).update(seal=None)
    for _ in clear_sealed_events(before=START + timedelta(hours=1), actor=actor):
        pass
    assert position_after(late) is None
    assert position_after(last) == FROM_THE_START


def test_memory_stays_flat():
    for batch in range(4):
        write(2_000, start=START + batch * timedelta(days=10))

    def peak(rows: int, **choice) -> int:
        tracemalloc.start()
        try:
            assert sum(1 for _ in lines(**choice)) == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few = peak(2_000, until=START + timedelta(days=10))
    assert peak(8_000) < 1.5 * few
