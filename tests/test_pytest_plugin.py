"""
The plugin as a project gets it: by installing the package, and from docs/guides/testing.md.

The project is the example project; pytest runs in a process and a folder of its own.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "guides" / "testing.md"
WITHOUT_DJANGO = """
import sys


def test_nothing_is_loaded_until_a_test_asks():
    assert "oauth_m2m.pytest_plugin" in sys.modules
    loaded = {name for name in sys.modules if name.startswith("oauth_m2m")}
    assert loaded == {"oauth_m2m", "oauth_m2m.pytest_plugin"}
"""
OWN_FIXTURE = """
import pytest


@pytest.fixture
def machine_client():
    return "the project's own"


def test_own_fixture_goes_first(machine_client):
    assert machine_client == "the project's own"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder for tests where the package is installed, as far as pytest can tell."""
    entry_points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    installed = tmp_path / "installed" / "django_oauth_m2m-0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: django-oauth-m2m\n")
    lines = [f"{name} = {module}" for name, module in entry_points["pytest11"].items()]
    (installed / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\naddopts = -p no:randomly -p no:cacheprovider\n"
    )
    return tmp_path


def run(project: Path, code: str, *arguments: str, settings: str = "") -> str:
    """Run *code* as the project's tests and return what pytest said last."""
    (project / "tests" / "test_project.py").write_text(code)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(project / "installed")]),
        "SQLITE_FILE": str(project / "db.sqlite3"),
        "DJANGO_SETTINGS_MODULE": settings,
    }
    for name in ("DATABASE_URL", "REDIS_URL", *([] if settings else ["DJANGO_SETTINGS_MODULE"])):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


def snippets() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


def test_tests_of_the_guide_pass(project: Path):
    for_pytest, for_unittest = snippets()
    said = run(project, for_pytest, settings="example_project.settings")
    assert said.startswith("4 passed")
    said = run(project, for_unittest, settings="example_project.settings")
    assert said.startswith("4 passed")


def test_unittest_of_the_guide_passes_without_pytest(project: Path):
    _, for_unittest = snippets()
    (project / "tests" / "__init__.py").touch()
    (project / "tests" / "test_project.py").write_text(for_unittest)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SQLITE_FILE": str(project / "db.sqlite3"),
        "DJANGO_SETTINGS_MODULE": "example_project.settings",
    }
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "django", "test", "tests"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Ran 4 tests" in done.stderr


def test_project_without_django_is_left_alone(project: Path):
    assert run(project, WITHOUT_DJANGO, "-p", "no:django").startswith("1 passed")


def test_projects_own_fixture_goes_first(project: Path):
    assert run(project, OWN_FIXTURE, "-p", "no:django").startswith("1 passed")


def test_plugin_is_off_in_our_own_suite(pytestconfig: pytest.Config):
    # It would be imported before coverage starts, and its lines then count as not run.
    assert pytestconfig.pluginmanager.is_blocked("oauth_m2m")
    assert not pytestconfig.pluginmanager.has_plugin("oauth_m2m")
