"""docs/guides/workload-identity.md: what it tells people to type is run, on two platforms."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from django.core.management import call_command

from oauth_m2m.models import AuditEvent, Client, Scope, TrustedIssuer, WorkloadIdentity
from tests.conftest import Registered
from tests.guides import blocks, changed, command
from tests.key_server import jwk
from tests.platforms import BRANCH, GITHUB, KUBERNETES, POD, Platform

pytestmark = pytest.mark.django_db(transaction=True)

GUIDE, ISSUER = "workload-identity", "https://auth.example.com"
REQUEST_TOKEN = "what GitHub gives each run"


@pytest.fixture
def trust(transactional_db, secure_key_server, issuer, settings):
    """Register the client by the guide's command, and say which subject of which issuer it is."""
    secure_key_server.publish(jwk("RS256"))
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "JWKS_ALLOWED_NETWORKS": ["127.0.0.0/8"]}
    Scope.objects.create(name="orders:read")

    def trust(url: str, subject: str, **conditions: Any) -> Platform:
        call_command(*command(blocks(GUIDE)[0]), stdout=StringIO())
        uri = secure_key_server.url
        platform = Platform(TrustedIssuer.objects.create(issuer=url, jwks_uri=uri))
        client = Registered(Client.objects.get(), secret="", key_id="")
        platform.vouch(client, subject, **conditions)
        return platform

    return trust


@pytest.fixture
def present(issuer: str, tmp_path: Path):
    """Run the guide's curl with what lies in *token*."""
    _require("curl")

    def present(token: Path) -> dict[str, Any]:
        block = changed(blocks(GUIDE, "sh")[0], {ISSUER: issuer, "/path/to/token": str(token)})
        done = subprocess.run(
            ["sh", "-ec", block], capture_output=True, text=True, timeout=60, check=True
        )
        return json.loads(done.stdout)

    return present


def assert_token(answer: dict[str, Any]) -> None:
    assert answer.pop("access_token").startswith("m2mt_")
    assert answer == {"token_type": "Bearer", "expires_in": 3600, "scope": "orders:read"}


def test_pod_presents_the_token_of_the_volume(trust, present, issuer, tmp_path):
    platform = trust(KUBERNETES, POD)
    volume = yaml.safe_load(changed(blocks(GUIDE, "yaml")[0], {ISSUER: issuer}))["volumes"][0]
    [source] = volume["projected"]["sources"]
    projection = source["serviceAccountToken"]
    # Kubernetes refuses less.
    assert projection["expirationSeconds"] >= 600
    token = tmp_path / projection["path"]
    token.write_text(platform.token(POD, aud=[projection["audience"]]))
    for _ in range(2):
        assert_token(present(token))


def test_file_of_the_guide_says_which_workload_is_which_client(transactional_db, tmp_path):
    declared = tmp_path / "clients.toml"
    declared.write_text(blocks(GUIDE, "toml")[0])
    call_command("m2m_apply", str(declared), stdout=StringIO())
    rows = WorkloadIdentity.objects.values_list("client__client_id", "subject", "conditions")
    assert set(rows.values_list("client__client_id", "subject")) == {
        ("order-robot", POD),
        ("order-deployment", BRANCH),
    }
    assert rows.get(subject=BRANCH)[2] == {"repository_owner_id": "1234"}


@pytest.fixture
def github() -> Iterator[str]:
    """Serve what GitHub serves each run: a token for the audience that it names."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            is_allowed = self.headers["Authorization"] == f"Bearer {REQUEST_TOKEN}"
            self.send_response(200 if is_allowed else 401)
            self.end_headers()
            platform = Platform(TrustedIssuer(issuer=GITHUB))
            [audience] = asked["audience"]
            token = platform.token(BRANCH, aud=audience, repository_owner_id="1234")
            self.wfile.write(json.dumps({"count": len(token), "value": token}).encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/token?api-version=2.0"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("owner", ["1234", "5678"])
def test_workflow_presents_the_token_that_its_step_fetched(
    trust, present, issuer, github, tmp_path, owner
):
    _require("jq")
    trust(GITHUB, BRANCH, repository_owner_id=owner)
    workflow = yaml.safe_load(changed(blocks(GUIDE, "yaml")[1], {ISSUER: issuer}))
    assert workflow["permissions"] == {"id-token": "write"}
    [step] = workflow["steps"]
    environment = {
        **os.environ,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        "ACTIONS_ID_TOKEN_REQUEST_URL": github,
    }
    # The shell that GitHub runs it with.
    shell = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
    subprocess.run(shell, cwd=tmp_path, env=environment, timeout=60, check=True)
    answer = present(tmp_path / "token")
    if owner == "1234":
        assert_token(answer)
        return
    assert answer["error"] == "invalid_client"
    assert AuditEvent.objects.get(kind="token.refused").reason == "unknown_workload"


def _require(program: str) -> None:
    if shutil.which(program) is None:
        assert os.environ.get("CI") != "true", f"CI has to install {program}"
        pytest.skip(f"{program} is not installed")
