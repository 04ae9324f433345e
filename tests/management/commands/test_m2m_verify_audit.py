import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from oauth_m2m.models import AuditEvent, AuditSeal
from oauth_m2m.operations.audit_seals import clear_sealed_events
from tests.trails import MINUTE, START, seal, sealed, write

COMMAND = "m2m_verify_audit"
NOT_FOUND = "No batch has the expected digest: the trail was sealed anew, or its end was cut off"


def digest(sequence: int) -> str:
    return AuditSeal.objects.get(sequence=sequence).digest


def clear_first(actor) -> None:
    for _ in clear_sealed_events(before=START + 60 * MINUTE, actor=actor):
        pass


def test_people_read_that_it_holds(run):
    sealed(2, 1)
    write(1)
    assert run(COMMAND).lines == [
        "Rows as they were sealed: 3 (batches: 2). Not sealed yet: 1.",
        f"Digest of batch 2: {digest(2)}",
    ]


def test_people_read_what_was_cleared(run, actor):
    sealed(2, 1)
    clear_first(actor)
    assert run(COMMAND).lines == [
        "Rows as they were sealed: 1 (batches: 1). Not sealed yet: 1.",
        "Cleared: batch 1 and all before it.",
        f"Digest of batch 2: {digest(2)}",
    ]


def test_trail_without_seals_holds(run):
    assert run(COMMAND).lines == ["Rows as they were sealed: 0 (batches: 0). Not sealed yet: 0."]


def test_programs_read_all_of_it(run):
    sealed(2, 1)
    assert run(COMMAND, "--json").data == {
        "is_intact": True,
        "problem": None,
        "first_altered": None,
        "rows": 3,
        "batches": 2,
        "unsealed": 0,
        "cleared_batch": None,
        "sequence": 2,
        "digest": digest(2),
    }


def test_first_altered_row_is_named_and_the_command_fails(run, refuse):
    _, [pk] = sealed(2, 1)
    AuditEvent.objects.filter(pk=pk).update(reason="another")
    assert refuse(COMMAND) == f"Row {pk} of batch 2 was altered."
    out = StringIO()
    with pytest.raises(CommandError):
        call_command(COMMAND, "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "is_intact": False,
        "problem": f"Row {pk} of batch 2 was altered.",
        "first_altered": pk,
        "rows": 2,
        "batches": 1,
        "unsealed": None,
        "cleared_batch": None,
        "sequence": 1,
        "digest": digest(1),
    }


@pytest.mark.parametrize("sequence", [1, 2], ids=["older", "newest"])
def test_expected_digest_may_be_that_of_any_batch(run, sequence: int):
    sealed(1, 1)
    assert run(COMMAND, "--expect", digest(sequence)).status == 0


def test_trail_that_was_sealed_anew_is_not_what_was_expected(run, refuse):
    [[pk]] = sealed(1)
    kept = digest(1)
    AuditEvent.objects.update(seal=None, reason="another")
    AuditSeal.objects.all().delete()
    seal()
    assert run(COMMAND).status == 0
    assert refuse(COMMAND, "--expect", kept) == f"{NOT_FOUND}."
    assert AuditEvent.objects.get().pk == pk


def test_end_that_was_cut_off_is_missed(refuse):
    sealed(1, 1)
    kept = digest(2)
    AuditEvent.objects.filter(seal=2).delete()
    AuditSeal.objects.filter(sequence=2).delete()
    assert refuse(COMMAND, "--expect", kept) == f"{NOT_FOUND}."


def test_expected_digest_may_have_been_cleared(refuse, actor):
    sealed(1, 1)
    clear_first(actor)
    message = f"{NOT_FOUND}, unless it is that of a batch before 1."
    assert refuse(COMMAND, "--expect", "0" * 64) == message


@pytest.mark.parametrize("typed", ["", "0" * 63, "G" * 64], ids=["empty", "too short", "no digits"])
def test_what_is_no_digest_is_refused(refuse, typed):
    message = "--expect must be the 64 characters that m2m_seal_audit printed as digest."
    assert refuse(COMMAND, f"--expect={typed}") == message


def test_terminal_sees_progress_on_stderr_only(run):
    sealed(2)
    output = run(COMMAND, "--json", terminal=True)
    assert output.stderr.startswith("\r100 %  2 of 2")
    assert output.data["rows"] == 2
