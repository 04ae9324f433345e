"""Tokens of another oauth_m2m, which runs in a process and a database of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

ROOT = Path(__file__).parents[2]


class AnotherServer:
    """What another server says of itself, and what it can be told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.says: dict[str, Any] = self._answer()

    def token_of(self, name: str, **fields: str) -> str:
        """Get a token over HTTP, as its client would."""
        form = {"grant_type": "client_credentials", **self.says[name], **fields}
        url = f"{self.says['issuer']}/oauth/token"
        with urlopen(Request(url, urlencode(form).encode()), timeout=60) as response:  # noqa: S310 - loopback
            return json.load(response)["access_token"]

    def revoke(self, name: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"revoke {self.says[name]['client_id']}\n")
        self._process.stdin.flush()
        assert self._answer() == "done"

    def entry(self, asks_as: str = "api", **changes: Any) -> dict[str, Any]:
        """Return how this project lists it."""
        issuer = self.says["issuer"]
        return {
            "jwks_uri": f"{issuer}/oauth/jwks.json",
            "introspection_url": f"{issuer}/oauth/introspect",
            "audience": self.says["audience"],
            "token_prefix": "their_",
            "cache_seconds": 0,
            **self.says[asks_as],
            **changes,
        }

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnotherServer]:
    folder = tmp_path_factory.mktemp("another")
    command = [sys.executable, "-m", "tests.host.another_server", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield AnotherServer(process)
        # The end of its input is the end of it.
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def list_it(settings, another: AnotherServer):
    """List the other server, with changes of its entry."""

    def list_it(**changes: Any) -> None:
        issuers = {another.says["issuer"]: another.entry(**changes)}
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REMOTE_ISSUERS": issuers}

    list_it()
    return list_it


@pytest.fixture
def statuses(http, db, list_it):
    """Call a DRF view and a plain one, and return their answers' statuses."""

    def statuses(token: str) -> tuple[int, int]:
        headers = {"Authorization": f"Bearer {token}"}
        drf, plain = (http.get(path, headers=headers) for path in ("/host/listed", "/host/plain/7"))
        return drf.status_code, plain.status_code

    return statuses


@pytest.mark.parametrize("name", ["opaque", "signed"])
def test_token_of_the_other_server_is_accepted(another: AnotherServer, statuses, name):
    token = another.token_of(name)
    assert token.startswith("their_") is (name == "opaque")
    assert statuses(token) == (200, 200)


@pytest.mark.parametrize("name", ["opaque", "signed"])
def test_no_statement_is_needed(another: AnotherServer, list_it, http, db, name):
    headers = {"Authorization": f"Bearer {another.token_of(name)}"}
    with CaptureQueriesContext(connection) as captured:
        response = http.get("/host/listed", headers=headers)
    assert len(captured) == 0
    client_id = f"{another.says['issuer']}#{another.says[name]['client_id']}"
    expected = {"user": client_id, "is_row": False, "pk": f"m2m:{client_id}"}
    assert response.json() == {**expected, "token_of": client_id}


def test_client_orders_over_there_is_not_the_client_orders_here(
    another: AnotherServer, statuses, register
):
    register("orders:read", client_id="orders", is_active=False)
    assert another.says["opaque"]["client_id"] == "orders"
    assert statuses(another.token_of("opaque")) == (200, 200)


@pytest.mark.parametrize("name", ["opaque", "signed"])
def test_signed_token_may_be_asked_about_too(another: AnotherServer, statuses, list_it, name):
    list_it(jwks_uri="")
    assert statuses(another.token_of(name)) == (200, 200)


def test_token_for_no_api_of_ours_is_refused(another: AnotherServer, statuses):
    assert statuses(another.token_of("stranger")) == (401, 401)


def test_token_that_we_may_not_ask_about_is_refused(another: AnotherServer, statuses, list_it):
    list_it(asks_as="no_api")
    assert statuses(another.token_of("opaque")) == (401, 401)


def test_wrong_secret_over_there_is_503(another: AnotherServer, statuses, list_it):
    list_it(client_secret="wrong")
    assert statuses(another.token_of("opaque")) == (503, 503)


def test_revoked_token_is_refused_at_once(another: AnotherServer, statuses):
    token = another.token_of("opaque")
    assert statuses(token) == (200, 200)
    another.revoke("opaque")
    assert statuses(token) == (401, 401)


def test_revoked_signed_token_is_refused_when_it_is_asked_about(
    another: AnotherServer, statuses, list_it
):
    token = another.token_of("signed")
    another.revoke("signed")
    assert statuses(token) == (200, 200)
    list_it(jwks_uri="")
    assert statuses(token) == (401, 401)


def test_mistyped_token_is_refused(another: AnotherServer, statuses):
    assert statuses(another.token_of("opaque") + "x") == (401, 401)
