"""
Fetch a small document of another server: bounded in size and time, and not from everywhere.

An address that somebody typed into a form could lead into the private network. So the
connection is checked after it was made, when no name can change its meaning any more, and
redirects are not followed.

https://www.rfc-editor.org/rfc/rfc7523#section-5
"""

import ipaddress
import socket
import time
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from oauth_m2m.setting_types import Network

__all__ = ["MAX_BYTES", "TIMEOUT_SECONDS", "fetch"]

TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024
_ACCEPT: Final = "application/jwk-set+json, application/json"


def fetch(address: str, allowed_networks: Sequence[Network] | None) -> bytes:
    """
    Return the body at *address*.

    With *allowed_networks* it must be https, and the server public or in one of them; None
    means that the operator chose the address himself. Raises OSError or ValueError.
    """
    # Needed by few, and slow to import.
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # noqa: PLC0415

    parts = urlsplit(address)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        message = "not an http address"
        raise ValueError(message)
    if allowed_networks is not None and parts.scheme != "https":
        message = "not https"
        raise ValueError(message)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    connection._create_connection = _connector(allowed_networks)  # type: ignore[attr-defined] # noqa: SLF001 - the one place between name and TLS
    try:
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("GET", target, headers={"Accept": _ACCEPT})
        response = connection.getresponse()
        if response.status != 200:
            message = f"status {response.status}"
            raise ValueError(message)
        return _bounded(response)
    except HTTPException as error:
        message = type(error).__name__
        raise ValueError(message) from None
    finally:
        connection.close()


def _connector(allowed_networks: Sequence[Network] | None) -> Any:
    def connect(*arguments: Any, **options: Any) -> socket.socket:
        connected = socket.create_connection(*arguments, **options)
        peer = ipaddress.ip_address(connected.getpeername()[0].partition("%")[0])
        if allowed_networks is None or peer.is_global or _within(peer, allowed_networks):
            return connected
        connected.close()
        message = "a private address"
        raise ValueError(message)

    return connect


def _within(
    peer: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]
) -> bool:
    return any(peer in network for network in networks)


def _bounded(response: Any) -> bytes:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    body = b""
    # The timeout is for each read: a server that drips must not hold us for hours.
    while len(body) <= MAX_BYTES and time.monotonic() < deadline:
        part = response.read1(64 * 1024)
        if not part:
            return body
        body += part
    message = "too large or too slow"
    raise ValueError(message)
