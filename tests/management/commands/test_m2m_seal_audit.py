from datetime import datetime

from oauth_m2m.models import AuditEvent, AuditSeal
from tests.trails import write

COMMAND = "m2m_seal_audit"


def test_people_read_how_many_rows_and_the_digest(run):
    write(2)
    lines = run(COMMAND).lines
    assert lines == ["Rows sealed: 2.", f"Digest of batch 1: {AuditSeal.objects.get().digest}"]
    assert not AuditEvent.objects.filter(seal=None).exists()


def test_programs_read_the_newest_seal(run):
    write(2)
    data = run(COMMAND, "--json").data
    seal = AuditSeal.objects.get()
    assert datetime.fromisoformat(data.pop("sealed_at")) == seal.sealed_at
    assert data == {"rows": 2, "batches": 1, "sequence": 1, "digest": seal.digest}
    again = run(COMMAND, "--json").data
    assert (again["rows"], again["batches"], again["digest"]) == (0, 0, seal.digest)


def test_trail_without_rows_has_no_digest(run):
    assert run(COMMAND).lines == ["Rows sealed: 0."]
    nothing = {"sequence": None, "digest": None, "sealed_at": None}
    assert run(COMMAND, "--json").data == {"rows": 0, "batches": 0, **nothing}


def test_terminal_sees_progress_on_stderr_only(run):
    write(2)
    output = run(COMMAND, "--json", terminal=True)
    assert output.stderr.startswith("\r100 %  2 of 2")
    assert output.data["rows"] == 2
