"""A real gunicorn that serves the example project, in processes of its own."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]


@contextmanager
def running_gunicorn(
    listener: socket.socket,
    environment: Mapping[str, str],
    *options: str,
    log: int | IO[str] = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """
    Serve on *listener*, which listens already: the first request waits until it is taken.

    *environment* comes on top of ours. Yields the process, which logs to *log*.
    """
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}"]
    process = subprocess.Popen(
        [*command, *options, "example_project.wsgi"],
        cwd=ROOT,
        env={**os.environ, **environment},
        pass_fds=[listener.fileno()],
        stderr=log,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def with_settings(**settings: Any) -> dict[str, str]:
    """Return the environment of a project that has *settings* beside those of the example."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.host.settings_served",
        "SECRET_KEY": "the tests' own",
        "SERVED_SETTINGS": json.dumps(settings),
    }
