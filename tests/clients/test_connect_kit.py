"""The connect kit, run as it stands on the page that shows a secret once."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from oauth_m2m.operations.connect_kit import connect_kit
from oauth_m2m.operations.connection import connection_of
from oauth_m2m.operations.credentials import add_secret

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# Where Debian's package golang-golang-x-oauth2-dev puts the library.
GO_PATH = Path("/usr/share/gocode")
ANSWER = "200 []"

clients = pytest.mark.parametrize(
    "methods,scopes",
    [
        (["client_secret_basic", "client_secret_post"], {"by_default": ["orders:read"]}),
        (["client_secret_post"], {"by_default": ["orders:read"]}),
        (["client_secret_basic"], {"when_asked": ("orders:read", "orders:$x'y`z`")}),
        (["client_secret_post"], {"when_asked": ("orders:read", "orders:$x'y`z`")}),
    ],
    ids=["header", "form", "header and named scopes", "form and named scopes"],
)


@pytest.fixture
def kit(live_server, register, actor, settings, tmp_path: Path):
    """Write the files of a client's kit into a folder, and return the texts by their keys."""
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": live_server.url}

    def kit(methods: list[str], scopes: dict) -> dict[str, str]:
        client = register(
            *scopes.get("by_default", ()),
            optional=scopes.get("when_asked", ()),
            name='A "robot"\nof $HOME',
            auth_methods=methods,
        ).client
        connection = connection_of(client, add_secret(client, actor=actor), "")
        connection = replace(connection, api_url=f"{live_server.url}/api/orders/")
        texts = {snippet.key: snippet.text for snippet in connect_kit(connection)}
        (tmp_path / ".env").write_text(texts["dotenv"])
        return texts

    return kit


def program_of(name: str) -> str:
    path = shutil.which(name)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed")
    return path or pytest.skip(f"{name} is not installed")


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in *folder* with the .env of the kit."""
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
    return subprocess.run(
        ["bash", "-c", f"set -ae; . ./.env; set +a; {command}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@clients
def test_curl_gets_a_token(kit, tmp_path: Path, methods, scopes):
    program_of("curl")
    done = run(tmp_path, kit(methods, scopes)["curl"].replace("curl", "curl -sS", 1))
    wanted = scopes.get("by_default") or scopes["when_asked"]
    assert set(json.loads(done.stdout)["scope"].split()) == set(wanted)


@clients
def test_python_calls_the_api(kit, tmp_path: Path, methods, scopes):
    (tmp_path / "client.py").write_text(kit(methods, scopes)["python"])
    done = run(tmp_path, f"{sys.executable} client.py")
    assert (done.stdout.strip(), done.returncode) == (ANSWER, 0), done.stderr


@clients
def test_javascript_calls_the_api(kit, tmp_path: Path, methods, scopes):
    (tmp_path / "client.mjs").write_text(kit(methods, scopes)["javascript"])
    done = run(tmp_path, f"{program_of('node')} client.mjs")
    assert (done.stdout.strip(), done.returncode) == (ANSWER, 0), done.stderr


@clients
def test_go_calls_the_api(kit, tmp_path: Path, methods, scopes):
    go = program_of("go")
    if not (GO_PATH / "src/golang.org/x/oauth2").exists():
        assert os.environ.get("CI") != "true", "CI has to install golang-golang-x-oauth2-dev"
        pytest.skip("golang-golang-x-oauth2-dev is not installed")
    (tmp_path / "main.go").write_text(kit(methods, scopes)["go"])
    done = run(tmp_path, f"GO111MODULE=off GOPATH={GO_PATH} {go} run main.go")
    assert (done.stdout.strip(), done.returncode) == (ANSWER, 0), done.stderr


def test_javascript_says_why_it_got_no_token(kit, tmp_path: Path):
    text = kit(["client_secret_basic"], {"by_default": ["orders:read"]})["javascript"]
    (tmp_path / "client.mjs").write_text(text)
    done = run(tmp_path, f"OAUTH_CLIENT_SECRET=guess {program_of('node')} client.mjs")
    assert done.returncode == 1
    assert "401" in done.stderr
    assert "invalid_client" in done.stderr
