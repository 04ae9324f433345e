"""The server that real clients talk to, over a real socket."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Holder, make_certificate
from tests.clients.mtls_site import MtlsSite, running_mtls_site
from tests.conftest import Registered

NODE = Path(__file__).parent / "node"
ORDER = {"article": "tea", "quantity": 2}


@dataclass(frozen=True)
class Service:
    """The addresses of a running server, and a client that it knows."""

    token_url: str
    orders_url: str
    client: Registered

    def assert_placed(self, answered: dict) -> None:
        """Check that *answered* is the order that this client has just placed."""
        answered = {name: answered[name] for name in (*ORDER, "placed_by")}
        assert answered == {**ORDER, "placed_by": self.client.client_id}


@pytest.fixture
def service(live_server, registered: Registered) -> Service:
    """Serve the example project's orders API; the client may read, and write when it asks."""
    return Service(f"{live_server}/oauth/token", f"{live_server}/api/orders/", registered)


@pytest.fixture
def issuer(live_server, settings) -> str:
    """Serve as the issuer that clients discover: its URL is where the server really is."""
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": str(live_server)}
    return str(live_server)


@pytest.fixture(scope="session")
def authority() -> Holder:
    """Return who signs the certificates of clients."""
    return make_certificate("CN=Client authority", is_authority=True)


@pytest.fixture
def mtls_site(transactional_db: None, tmp_path: Path, authority: Holder) -> Iterator[MtlsSite]:
    """Serve the example project behind an nginx that asks for client certificates."""
    with running_mtls_site(tmp_path, authority) as site:
        yield site


@pytest.fixture
def reader_of_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in an empty folder, with openssl at hand."""
    if shutil.which("openssl") is None:
        assert os.environ.get("CI") != "true", "CI has to install openssl"
        pytest.skip("openssl is not installed")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def node() -> Callable[..., Any]:
    """
    Run a script of the folder ``node``: arguments go in as JSON, its answer comes out.

    The libraries that it uses are installed once, by npm.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        assert os.environ.get("CI") != "true", "CI has to install node and npm"
        pytest.skip("node and npm are not installed")
    _install_libraries()

    def run(script: str, **arguments: Any) -> Any:
        done = subprocess.run(
            ["node", str(NODE / script)],
            input=json.dumps(arguments),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def _install_libraries() -> None:
    modules = NODE / "node_modules"
    installed = modules / ".installed"
    wanted = (NODE / "package.json").read_text()
    with (NODE / "package.json").open() as lock:
        # The workers of pytest-xdist come here at once, and npm does not expect company.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed.exists() and installed.read_text() == wanted:
            return
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=NODE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            assert os.environ.get("CI") != "true", done.stderr
            pytest.skip("npm could not install the libraries")
        installed.write_text(wanted)
