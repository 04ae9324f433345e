"""
The types of the public API, checked from outside by mypy and pyright.

The checkers see an installed package beside a project, as a reader's editor does; nothing of
this repository's own configuration helps them.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.test_public_api import documented

ROOT = Path(__file__).parent.parent
HOST = ROOT / "tests" / "typed_host"
MYPY = "[mypy]\nstrict = true\n"
PYRIGHT = {
    "typeCheckingMode": "standard",
    "reportUnnecessaryTypeIgnoreComment": "error",
    "enableTypeIgnoreComments": False,
    "venvPath": ".",
    "venv": "environment",
    "include": ["host"],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Lay out a project, with the package in an environment that has all of ours besides."""
    folder = tmp_path_factory.mktemp("typed")
    shutil.copytree(HOST, folder / "host", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "mypy.ini").write_text(MYPY)
    (folder / "pyrightconfig.json").write_text(json.dumps(PYRIGHT))
    venv.create(folder / "environment", symlinks=True)
    [packages] = (folder / "environment").glob("lib/python*/site-packages")
    shutil.copytree(
        ROOT / "oauth_m2m",
        packages / "oauth_m2m",
        ignore=shutil.ignore_patterns("__pycache__", "static", "templates"),
    )
    # Behind the copy, so that an editable install of this repository does not count.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def run(project: Path, *arguments: str) -> str:
    """Run a checker in *project* and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_mypy_finds_nothing(project: Path):
    python = project / "environment" / "bin" / "python"
    said = run(project, "mypy", "--python-executable", str(python), "host")
    assert said == "Success: no issues found in 2 source files\n"


@pytest.mark.timeout(600)
def test_pyright_finds_nothing(project: Path):
    said = run(project, "pyright", "--outputjson")
    found = json.loads(said[said.index("{") :])
    assert found["summary"]["filesAnalyzed"] == 2
    assert [each["message"] for each in found["generalDiagnostics"]] == []


def test_project_uses_each_public_name():
    tree = ast.parse((HOST / "api.py").read_text())
    used: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("oauth_m2m"):
            used.setdefault(node.module or "", set()).update(name.name for name in node.names)
    signals = {node.value.attr for node in ast.walk(tree) if _is_signal(node)}
    used["oauth_m2m"].remove("signals")
    names = {name for names in documented().values() for name in names}
    assert {name for names in used.values() for name in names} | signals == names


def _is_signal(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "connect"
        and isinstance(node.value, ast.Attribute)
    )
