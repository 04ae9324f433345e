"""Run the contenders' servers, one worker each, and read how much CPU they have used."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Server", "installed_provider", "missing", "running"]

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
PATIENCE_SECONDS: Final = 120.0

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at *url*; *process* is the first of its processes."""

    url: str
    process: "subprocess.Popen[bytes]"

    def cpu_seconds(self) -> float:
        """Return what it and its workers have used since they began."""
        return sum(_cpu_seconds(pid) for pid in _family(self.process.pid))


def missing() -> list[str]:
    """Return what has to be installed before anything can be measured."""
    programs = [name for name in ("wrk", "node", "npm") if shutil.which(name) is None]
    return [*programs, *([] if Path("/proc/self/stat").exists() else ["Linux"])]


@contextmanager
def installed_provider() -> Iterator[Path]:
    """Install node-oidc-provider beside a copy of our script; yields the directory."""
    with tempfile.TemporaryDirectory(prefix="m2m-node-") as name:
        directory = Path(name)
        for source in (HERE / "node").iterdir():
            if source.is_file():
                shutil.copy(source, directory)
        quietly = ("--silent", "--no-audit", "--no-fund")
        subprocess.run(["npm", "install", *quietly], cwd=directory, check=True)
        yield directory


@contextmanager
def running(
    kind: str, application: str, environment: Mapping[str, str], provider: Path
) -> Iterator[Server]:
    """Run a server of *kind* (gunicorn, granian or node) and wait until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    commands = {
        "gunicorn": ["gunicorn", f"--bind=127.0.0.1:{port}", "--workers=1"],
        "granian": [
            *("granian", "--interface=wsgi", "--host=127.0.0.1", f"--port={port}"),
            *("--workers=1", "--blocking-threads=1", "--no-ws"),
        ],
    }
    python = [
        sys.executable,
        "-m",
        *commands.get(kind, ()),
        f"tests.benchmarks.project.wsgi:{application}",
    ]
    process = subprocess.Popen(
        ["node", "provider.mjs"] if kind == "node" else python,
        cwd=provider if kind == "node" else ROOT,
        env={**os.environ, **environment, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait_for(server: Server) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(server.url + "/empty", timeout=10).close()  # noqa: S310 - ours
        except urllib.error.HTTPError:  # it answers
            return
        except OSError:
            assert server.process.poll() is None, "the server ended"
            assert time.monotonic() < ends_at, "the server does not answer"
            time.sleep(0.1)
        else:
            return


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _cpu_seconds(pid: int) -> float:
    # The name, in parentheses, may have spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
