"""The benchmarks work; what they measure depends on the machine, and is asserted nowhere."""

import os
import re
import subprocess
import sys

import pytest
from django.db import connection

from tests.benchmarks.contenders import QUICK
from tests.benchmarks.servers import ROOT, missing

ROW = re.compile(r"^\| ([^|]+) \|(?: \w+ \|)? [\d,]+ \| [\d,]+ µs \| \S+", re.MULTILINE)


SIZES = re.compile(
    r"^\| (10 clients|100 clients|3 secrets|5 scopes)[^|]*(?: \| [\dx][^|]*){4} \|", re.MULTILINE
)
COMMANDS = re.compile(r"^\| `(\w+)` \| [\d.]+ s \| \d+ MiB \| \d+ MiB \|", re.MULTILINE)

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="they are measured on PostgreSQL"),
]


def test_quick_run_writes_a_page_with_a_row_for_each_contender(tmp_path):
    absent = missing()
    if absent:
        assert os.environ.get("CI") != "true", f"CI has to install {', '.join(absent)}"
        pytest.skip(f"{', '.join(absent)} is not installed")
    page = tmp_path / "benchmarks.md"
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", f"--out={page}"]
    subprocess.run(command, cwd=ROOT, check=True)
    assert set(ROW.findall(page.read_text())) == set(QUICK)


def test_quick_run_writes_a_page_about_size(tmp_path):
    page = tmp_path / "scale.md"
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--quick", f"--out={page}"]
    subprocess.run(command, cwd=ROOT, check=True)
    written = page.read_text()
    assert SIZES.findall(written) == ["10 clients", "100 clients", "3 secrets", "5 scopes"]
    assert COMMANDS.findall(written) == ["m2m_clear_expired", "cleartokens"]
    assert "| without | with | added |" in written
