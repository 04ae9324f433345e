"""A whole site as it is deployed: gunicorn with its workers, a database, and commands beside it."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import requests

from tests.host.gunicorn import ROOT, running_gunicorn, with_settings

__all__ = ["LIMIT_SECONDS", "Deployment", "Site", "running_site", "token_hash", "wait_until"]

LIMIT_SECONDS: Final = 60
"""How long anything may take on a machine that is busy with something else."""


@dataclass(frozen=True)
class Deployment:
    """The environment of a site: all of its processes have it, commands too."""

    environment: Mapping[str, str]

    @property
    def issuer(self) -> str:
        """Who the tokens are from."""
        return json.loads(self.environment["SERVED_SETTINGS"])["OAUTH_M2M"]["ISSUER"]

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a management command."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def manage(self, *arguments: str, typed: str = "", status: int = 0) -> str:
        """Run a management command, which must end with *status*, and return what it printed."""
        with self.command(*arguments) as process:
            try:
                out, err = process.communicate(typed, timeout=LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == status, err
        return out

    def register(self, *arguments: str) -> dict[str, str]:
        """Register a client and return its credentials."""
        shown = json.loads(self.manage("m2m_create_client", "Nightly", *arguments, "--json"))
        return {name: shown[name] for name in ("client_id", "client_secret")}


@dataclass(frozen=True)
class Site(Deployment):
    """A running site."""

    url: str
    log: Path
    master: psutil.Process

    def post(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """POST a form."""
        url = f"{self.url}{path}"
        return requests.post(url, fields, headers=headers, timeout=LIMIT_SECONDS)

    def ask_token(self, credentials: Mapping[str, str], **more: str) -> requests.Response:
        """Ask for a token."""
        fields = {"grant_type": "client_credentials", **credentials, **more}
        return self.post("/oauth/token", fields)

    def token(self, credentials: Mapping[str, str], **more: str) -> str:
        """Return a token."""
        response = self.ask_token(credentials, **more)
        assert response.status_code == 200, response.content
        return response.json()["access_token"]

    def call(self, token: str, **headers: str) -> requests.Response:
        """Call an API with *token*."""
        headers = {"Authorization": f"Bearer {token}", **headers}
        return requests.get(f"{self.url}/api/orders/", headers=headers, timeout=LIMIT_SECONDS)

    def revoke(self, credentials: Mapping[str, str], token: str) -> requests.Response:
        """Let a client give *token* back."""
        return self.post("/oauth/revoke", {**credentials, "token": token})

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return self.master.children()


@contextmanager
def running_site(
    folder: Path,
    environment: Mapping[str, str],
    *,
    workers: int,
    threads: int = 1,
    m2m: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Iterator[Site]:
    """
    Serve the example project; its log is in *folder*, and so is its SQLite if it has no other.

    *m2m* and *settings* come on top of its own settings, *environment* on top of ours.
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        (folder / "log").open("w") as log,
    ):
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        own = {"ISSUER": url, "REQUIRE_HTTPS": False, **(m2m or {})}
        if "DATABASE_URL" not in environment:
            # Else it would be the database of the tests, whose URL is in our environment.
            lite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}
            settings = {"DATABASES": {"default": lite}, **settings}
        environment = {**with_settings(**settings, OAUTH_M2M=own), **environment}
        options = [f"--workers={workers}", f"--threads={threads}"]
        with running_gunicorn(listener, environment, *options, log=log) as process:
            site = Site(environment, url, folder / "log", psutil.Process(process.pid))
            # One that is not there yet answers nothing, and a test may want all of them.
            wait_until(lambda: site.log.read_text().count("Booting worker") >= workers)
            yield site


def wait_until(is_so: Callable[[], Any]) -> None:
    """Wait until *is_so*, however slow the machine is."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def token_hash(token: str) -> str:
    """Return what the table keeps of *token*."""
    return hashlib.sha256(token.encode()).hexdigest()
