"""Show the whole of it in a minute: a server, a client, tokens, and the answers they get."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from example_project.transcript import Transcript

MANAGE = str(Path(settings.BASE_DIR) / "manage.py")
START_SECONDS = 30


class Command(BaseCommand):
    """Serves the example project on a throw-away SQLite file and calls it over HTTP."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say when to stop, and where to listen."""
        parser.add_argument("--once", action="store_true", help="end after the transcript")
        parser.add_argument(
            "--port", type=int, help="port on 127.0.0.1 (default: 8000 or a free one)"
        )

    def handle(self, *, once: bool, port: int | None, **_options: Any) -> None:
        """Run the demonstration."""
        port = _free_port(port)
        base_url = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryDirectory(prefix="m2m-demo-") as directory:
            password = secrets.token_urlsafe(12)
            environment = {
                **os.environ,
                "SQLITE_FILE": str(Path(directory) / "demo.sqlite3"),
                "ISSUER": base_url,
                "REQUIRE_HTTPS": "0",
                "PYTHONUNBUFFERED": "1",
                "DJANGO_SUPERUSER_PASSWORD": password,
            }
            environment.pop("DATABASE_URL", None)
            self._prepare(environment)
            with _serving(port, environment) as server:
                self._tell(Transcript(base_url, self.stdout), environment)
                if not once:
                    self._keep_serving(server, base_url, password)

    def _prepare(self, environment: dict[str, str]) -> None:
        self.stdout.write("Making a throw-away SQLite database ...")
        _manage(environment, "migrate", "--verbosity=0")
        _manage(environment, "createsuperuser", "--noinput", "--username=admin", "--email=")

    def _tell(self, transcript: Transcript, environment: dict[str, str]) -> None:
        transcript.heading("Register a client: it reads by default and may write when it asks")
        register = (
            "m2m_create_client",
            "Order robot",
            "--client-id=order-robot",
            "--scope=orders:read",
            "--scope=reports:read",
            "--optional-scope=orders:write",
            "--create-scopes",
            "--json",
        )
        client = json.loads(transcript.command(register, _manage(environment, *register)))
        credentials = (client["client_id"], client["client_secret"])
        ask = {"grant_type": "client_credentials"}

        transcript.heading("Get a token")
        token = transcript.post("/oauth/token", ask, basic=credentials, expect=200)["access_token"]
        transcript.heading("Call the API with it")
        transcript.get("/api/orders/", token=token, expect=200)
        transcript.heading(
            "The token does not carry orders:write: the API says which scope it needs"
        )
        order = {"article": "teapot", "quantity": 3}
        transcript.post_json("/api/orders/", order, token=token, expect=403)
        transcript.heading("Ask for both scopes, and place the order")
        both = {**ask, "scope": "orders:read orders:write"}
        writer = transcript.post("/oauth/token", both, basic=credentials, expect=200)
        transcript.post_json("/api/orders/", order, token=writer["access_token"], expect=201)
        transcript.heading("A plain Django view takes the same tokens")
        transcript.get("/reports/daily", token=token, expect=200)
        transcript.heading("A wrong secret")
        wrong = (client["client_id"], "guessed")
        transcript.post("/oauth/token", ask, basic=wrong, expect=401)
        transcript.heading("Revoke all tokens of the client: the next call is refused")
        revoke = ("m2m_revoke", "--client=order-robot", "--reason=demonstration")
        transcript.command(revoke, _manage(environment, *revoke))
        transcript.get("/api/orders/", token=token, expect=401)

    def _keep_serving(self, server: subprocess.Popen[bytes], base_url: str, password: str) -> None:
        self.stdout.write(
            f"\nThe admin is at {base_url}/admin/oauth_m2m/client/"
            f"\n  user      admin\n  password  {password}"
            f"\n{_documentation(base_url)}"
            "\nEverything is thrown away at the end. Stop with Ctrl-C.\n"
        )
        try:
            server.wait()
        except KeyboardInterrupt:
            self.stdout.write("")


def _documentation(base_url: str) -> str:
    if settings.HAS_DOCUMENTATION:
        return (
            f"The API's documentation is at {base_url}/api/docs/"
            '\n  "Authorize" takes the client id and secret from above; "Try it out" calls.'
        )
    return (
        'The API\'s documentation needs an extra: pip install -e ".[spectacular]", and start again.'
    )


@contextmanager
def _serving(port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [sys.executable, MANAGE, "runserver", "--noreload", f"127.0.0.1:{port}"]
    server = subprocess.Popen(  # noqa: S603 - our own manage.py
        arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(server, port)
        yield server
    finally:
        server.terminate()
        server.wait()


def _wait_until_it_listens(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"The server did not start on port {port}. Choose another with --port."
    raise CommandError(message)


def _free_port(wanted: int | None) -> int:
    for candidate in (8000, 0) if wanted is None else (wanted,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except (OSError, OverflowError):
                continue
            port: int = probe.getsockname()[1]
            return port
    message = f"Port {wanted} cannot be used. Choose another with --port, or leave it out."
    raise CommandError(message)


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own manage.py
        [sys.executable, MANAGE, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        message = f"manage.py {arguments[0]} failed:\n{done.stderr.strip()}"
        raise CommandError(message)
    return done.stdout
