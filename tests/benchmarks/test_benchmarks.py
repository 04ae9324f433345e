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


@pytest.mark.timeout(600)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="they are measured on PostgreSQL")
def test_quick_run_writes_a_page_with_a_row_for_each_contender(tmp_path):
    absent = missing()
    if absent:
        assert os.environ.get("CI") != "true", f"CI has to install {', '.join(absent)}"
        pytest.skip(f"{', '.join(absent)} is not installed")
    page = tmp_path / "benchmarks.md"
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", f"--out={page}"]
    subprocess.run(command, cwd=ROOT, check=True)
    assert set(ROW.findall(page.read_text())) == set(QUICK)
