"""A database of its own for each measurement, and programs that fill it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from tests.benchmarks.servers import ROOT
from tests.services import start_postgresql

__all__ = ["SETTINGS", "database", "environment_of", "output_of"]

SETTINGS: Final = "tests.benchmarks.project.settings"


@contextmanager
def database() -> Iterator[str]:
    """Make an empty database, yield its URL, and drop it; on ``DATABASE_URL`` if there is one."""
    url = os.environ.get("DATABASE_URL") or start_postgresql()
    name = f"m2m_benchmarks_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def environment_of(url: str) -> dict[str, str]:
    """Return what a program needs in its environment to use the database at *url*."""
    return {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", ""),
    }


def output_of(environment: Mapping[str, str], module: str, *arguments: str) -> bytes:
    """Run *module* and return what it printed."""
    command = [sys.executable, "-m", module, *arguments]
    surroundings = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, check=True
    ).stdout
