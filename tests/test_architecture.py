"""The floors, the size of files, and a test for each module."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "oauth_m2m"
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
MODULES = [path for path in SOURCES if path.name != "__init__.py"]


def test_floors_hold():
    done = subprocess.run(["lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_is_over_300_lines(path: Path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_has_a_test_of_its_name(path: Path):
    mirrored = path.relative_to(PACKAGE)
    name = f"test_{mirrored.stem.lstrip('_')}.py"
    assert (ROOT / "tests" / mirrored.parent / name).exists()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_a_drawer_of_odds_and_ends(path: Path):
    assert path.stem not in {"utils", "helpers", "common", "misc"}
