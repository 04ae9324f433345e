"""docs/quickstart.md, followed from an empty folder with the wheel; nothing here repeats it."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package.reader import Reader, agrees, blocks, differing

PAGE = Path(__file__).parents[2] / "docs" / "quickstart.md"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def reader(tmp_path: Path, distributions, strangers_environment) -> Iterator[Reader]:
    # Whatever "django-oauth-m2m" an index has, this is the one.
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(f"django-oauth-m2m @ {distributions[1].as_uri()}\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    python = programs / "python3"
    # The interpreter itself and not our virtual environment, where everything is installed.
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys._base_executable)} "$@"\n')
    python.chmod(0o755)
    environment = {
        **strangers_environment,
        "PATH": os.pathsep.join([str(programs), strangers_environment["PATH"]]),
        "PIP_CONSTRAINT": str(constraints),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    reader = Reader(tmp_path, environment)
    yield reader
    reader.leave()


@pytest.fixture
def index(tmp_path: Path) -> None:
    """Find the index of packages, or say that there is none."""
    asked = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--dest",
        str(tmp_path),
        "sqlparse",
    ]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        assert os.environ.get("CI") != "true", "CI has to reach an index of packages"
        pytest.skip("no index of packages answers")


# Packages are downloaded.
@pytest.mark.timeout(900)
def test_each_step_of_the_page_works(index, reader: Reader):
    page = PAGE.read_text()
    assert page.count("8000") > 4
    port = free_port()
    words = {"8000": str(port)}
    kinds = []
    for language, text in blocks(page):
        block = re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)
        kinds.append(language)
        if language == "python":
            reader.write(block)
        elif language in {"json", "text"}:
            reader.compare(language, block)
            if "access_token" in block:
                words["ACCESS_TOKEN"] = json.loads(reader.seen)["access_token"]
        elif "runserver" in block:
            reader.serve(block, port)
        else:
            reader.run(block)
            for secret in re.findall(r"^m2ms_\w+$", reader.seen, re.MULTILINE):
                words["SECRET"] = secret
    assert set(words) == {"8000", "SECRET", "ACCESS_TOKEN"}
    assert set(kinds) == {"sh", "python", "text", "json"}
    assert "order-robot" in reader_database(reader)


def reader_database(reader: Reader) -> str:
    """Return the clients in the reader's own database; ours has none of theirs."""
    reader.run("python manage.py m2m_list_clients --json")
    return reader.seen


@pytest.mark.parametrize(
    "shown, seen, is_so",
    [
        pytest.param("a ... c", "a b c", True, id="dots"),
        pytest.param("a\n...", "a\nb\nc\n", True, id="dots_over_lines"),
        pytest.param("a", "b", False, id="other"),
        pytest.param("a", "ab", False, id="more"),
    ],
)
def test_what_was_printed_is_compared(shown: str, seen: str, is_so: bool):  # noqa: FBT001 - a table
    assert agrees(shown, seen) is is_so


def test_members_of_an_answer_are_compared():
    shown = {"token": "m2mt_...", "kind": "Bearer", "gone": 1}
    seen = {"token": "m2mt_abc", "kind": "DPoP", "new": 2}
    assert differing(shown, seen) == {"kind": "DPoP", "gone": None, "new": 2}
