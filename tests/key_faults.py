"""What may be wrong with the place where another's keys are."""

from collections.abc import Callable

import pytest

from tests.key_server import KeyServer


def _redirect(server: KeyServer) -> None:
    server.status, server.headers = 302, {"Location": server.url, "Content-Length": "0"}


def _huge(server: KeyServer) -> None:
    server.body += b" " * 300_000


def _no_keys(server: KeyServer) -> None:
    server.body = b"{}"


def _drip(server: KeyServer) -> None:
    server.drips = True


def _failing(server: KeyServer) -> None:
    server.status = 503


SPOILS: dict[str, Callable[[KeyServer], None]] = {
    "redirects": _redirect,
    "is huge": _huge,
    "has no keys": _no_keys,
    "drips": _drip,
    "fails": _failing,
    "is away": KeyServer.stop,
}

spoiled = pytest.mark.parametrize("spoil", SPOILS.values(), ids=list(SPOILS))
