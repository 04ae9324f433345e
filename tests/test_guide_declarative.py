"""The guide to clients from a file: its files are applied, its commands run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guides import blocks
from tests.management.conftest import ROOT

GUIDE = "declarative"


def shell(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    script = script.replace("python manage.py", f"{sys.executable} {ROOT / 'manage.py'}")
    return subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_guide_works_from_the_plan_to_the_vault(tmp_path: Path):
    (tmp_path / "clients.toml").write_text(blocks(GUIDE, "toml")[0])
    (tmp_path / "more.yaml").write_text(blocks(GUIDE, "yaml")[0])
    plan_in_pipeline, apply_in_pipeline = blocks(GUIDE, "sh")
    plan, apply = blocks(GUIDE)[0].splitlines()
    assert shell("python manage.py migrate -v0", tmp_path).returncode == 0
    assert shell(plan, tmp_path).returncode == 3
    done = shell(plan_in_pipeline, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Plan: 6 to create, 0 to change. Nothing was changed." in done.stdout
    if shutil.which("jq") is None:
        assert os.environ.get("CI") != "true", "CI has to install jq"
        pytest.skip("jq is not installed")
    done = shell(apply_in_pipeline, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("nightly m2ms_")
    assert not (tmp_path / "applied.json").exists()
    assert "Nothing to do." in shell(apply, tmp_path).stdout
    assert shell("python manage.py m2m_apply more.yaml", tmp_path).returncode == 0
    exported = "python manage.py m2m_export > all.toml; python manage.py m2m_apply all.toml --plan"
    assert shell(exported, tmp_path).stdout == "Nothing to do.\n"
