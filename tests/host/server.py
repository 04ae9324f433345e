"""Real web servers that serve the tests' site, as processes on the database of the tests."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.db import connection

ROOT: Final = Path(__file__).parents[2]

# Each is given a socket that listens already, so that nobody has to find out whether the
# server is up: a request waits until it is. One worker: what requests could mix up is there.
SERVERS: Final = {
    "gunicorn": (
        *("gunicorn", "--bind=fd://{fd}", "--workers=1", "--threads=4"),
        "django.core.wsgi:get_wsgi_application()",
    ),
    "uvicorn": (
        *("uvicorn", "--fd={fd}", "--lifespan=off", "--factory"),
        "django.core.asgi:get_asgi_application",
    ),
}


@contextmanager
def running_server(name: str, settings_module: str) -> Iterator[str]:
    """Serve the site with *settings_module* by the server *name*; yields its address."""
    url = urlsplit(os.environ["DATABASE_URL"])
    environment = {
        **os.environ,
        "DATABASE_URL": url._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DJANGO_SETTINGS_MODULE": settings_module,
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port, fd = listener.getsockname()[1], listener.fileno()
        command = [part.format(fd=fd) for part in SERVERS[name]]
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, pass_fds=[fd]
        )
    # Ours is closed: if the server dies, requests are refused instead of waiting for it.
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)
