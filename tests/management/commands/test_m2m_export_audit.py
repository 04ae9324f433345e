import json
import os
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from oauth_m2m.management.commands.m2m_export_audit import Command
from oauth_m2m.operations.audit_records import lines
from tests.trails import seal, sealed, write

COMMAND = "m2m_export_audit"


def ids(output) -> list[int]:
    return [json.loads(line)["id"] for line in output.lines]


def test_each_row_is_a_line(run):
    written = write(3)
    output = run(COMMAND)
    assert ids(output) == written
    assert output.lines == list(lines())
    assert output.stderr == ""


@pytest.mark.parametrize(
    "flags, kept",
    [
        pytest.param(["--since=2026-01-31T12:02Z"], [2, 3], id="since"),
        pytest.param(["--until=2026-01-31T12:02Z"], [0, 1], id="until"),
        pytest.param(["--until=2999-01-01"], [0, 1, 2, 3], id="until the future"),
        pytest.param(["--kind=secret.rotated"], [1, 3], id="a kind"),
        pytest.param(
            ["--kind=secret.rotated", "--kind=token.refused"], [0, 1, 2, 3], id="two kinds"
        ),
        pytest.param(["--client=robot-0"], [0, 3], id="a client"),
        pytest.param(["--client=nobody"], [], id="a client without rows"),
        pytest.param(["--kind=secret.rotated", "--client=robot-0"], [3], id="both"),
    ],
)
def test_rows_are_chosen_by_flags(run, flags, kept):
    written = write(4)
    assert ids(run(COMMAND, *flags)) == [written[number] for number in kept]


def test_increment_begins_after_the_last_row_that_is_there(run):
    first, second = sealed(2, 1)
    assert ids(run(COMMAND, "--after=0")) == first + second
    assert ids(run(COMMAND, f"--after={first[0]}")) == first[1:] + second
    assert ids(run(COMMAND, f"--after={second[0]}")) == []
    third = write(1)
    seal()
    assert ids(run(COMMAND, f"--after={second[0]}")) == third


@pytest.mark.parametrize(
    "flag, message",
    [
        pytest.param(
            "--kind=secret.rotate",
            'There is no kind "secret.rotate". Did you mean secret.rotated or secret.created'
            " or secret.proposed?",
            id="unknown kind",
        ),
        pytest.param(
            "--since=soon",
            "--since must be a date or a time such as 2026-01-31 or 2026-01-31T18:00, not soon.",
            id="no date",
        ),
        pytest.param(
            "--after=first", "--after must be the id of a row, or 0, not first.", id="no number"
        ),
        pytest.param("--after=-1", "--after must be the id of a row, or 0, not -1.", id="negative"),
        pytest.param(
            f"--after={2**63}",
            f"--after must be the id of a row, or 0, not {2**63}.",
            id="too large",
        ),
        pytest.param(
            "--after=2000000000",
            "No sealed row has the id 2000000000. Run m2m_seal_audit first, or begin with"
            " --after 0.",
            id="no such row",
        ),
    ],
)
def test_bad_value_is_refused(refuse, flag, message):
    assert refuse(COMMAND, flag) == message


def test_reader_that_went_away_ends_the_command_with_a_sentence(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(1)
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", buffering=1) as pipe:  # noqa: PTH123 - a descriptor, not a path
        monkeypatch.setattr(sys, "stdout", pipe)
        command = Command(stdout=pipe)
        with pytest.raises(CommandError) as caught:
            command.handle(since=None, until=None, kind=[], client="", after=None)
        monkeypatch.undo()
    assert str(caught.value) == "The reader went away; not all rows were written."


def test_program_writes_lines_and_ends_with_0(manage):
    manage("m2m_create_client", "Robot", "--client-id=robot", "--no-secret")
    output = manage(COMMAND)
    assert (output.status, output.stderr) == (0, "")
    assert [json.loads(line)["kind"] for line in output.lines] == ["client.created"]
