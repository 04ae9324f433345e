"""The distributions, built from the working tree as a release would build them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"PYTHONPATH", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL"}


@pytest.fixture(scope="session")
def strangers_environment() -> dict[str, str]:
    """Return the environment of a terminal in which nobody has worked on this project."""
    # PIP_ stays: it says where packages come from.
    prefixes = ("COV", "PYTEST", "DJANGO_")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in OURS and not name.startswith(prefixes)
    }


@pytest.fixture(scope="session")
def distributions(tmp_path_factory, strangers_environment) -> tuple[Path, Path]:
    """Build the sdist, and the wheel out of the sdist; returns their paths."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        env=strangers_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [sdist] = folder.glob("*.tar.gz")
    [wheel] = folder.glob("*.whl")
    return sdist, wheel
