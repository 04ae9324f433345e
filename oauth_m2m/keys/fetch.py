"""
Ask another server for a small document: bounded in size and time, and not from everywhere.

An address that somebody typed into a form could lead into the private network. So the
connection is checked after it was made, when no name can change its meaning any more, and
redirects are not followed.

https://www.rfc-editor.org/rfc/rfc7523#section-5
"""

import io
import ipaddress
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from oauth_m2m import protocol
from oauth_m2m.setting_types import Network

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["MAX_BYTES", "TIMEOUT_SECONDS", "fetch"]

TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024
# GitHub answers nobody who does not say who asks.
_WHO_ASKS: Final = MappingProxyType({"User-Agent": "django-oauth-m2m"})
_HEADERS: Final = MappingProxyType({"Accept": "application/jwk-set+json, application/json"})


def fetch(
    address: str,
    allowed_networks: Sequence[Network] | None,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] = _HEADERS,
) -> bytes:
    """
    Return the body at *address*, or what it answers when *form* is posted there.

    With *allowed_networks* it must be https, and the server public or in one of them; None
    means that the operator chose the address himself. Raises OSError or ValueError.
    """
    # Needed by few, and slow to import.
    from http.client import (  # noqa: PLC0415
        HTTPConnection,
        HTTPException,
        HTTPResponse,
        HTTPSConnection,
    )

    parts = urlsplit(address)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        message = "not an http address"
        raise ValueError(message)
    if allowed_networks is not None and parts.scheme != "https":
        message = "not https"
        raise ValueError(message)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        with closing(kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)) as connection:
            connection._create_connection = _connector(allowed_networks)  # type: ignore[attr-defined] # noqa: SLF001 - the one place between name and TLS
            connection.connect()
            deadline = time.monotonic() + TIMEOUT_SECONDS
            connection.response_class = lambda connected, **options: HTTPResponse(  # type: ignore[assignment] # called, never subclassed
                _Hurried(connected, deadline),  # type: ignore[arg-type] # it asks for makefile() only
                **options,
            )
            posted = {} if form is None else {"Content-Type": protocol.FORM_CONTENT_TYPE}
            connection.request(
                "GET" if form is None else "POST",
                target,
                body=None if form is None else urlencode(form),
                headers={**_WHO_ASKS, **posted, **headers},
            )
            with connection.getresponse() as response:
                return _body(response)
    except HTTPException as error:
        message = type(error).__name__
        raise ValueError(message) from None


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


def _body(response: Any) -> bytes:
    if response.status != 200:
        message = f"status {response.status}"
        raise ValueError(message)
    body: bytes = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        message = "too large"
        raise ValueError(message)
    if response.length:  # the rest of what was announced
        message = "cut short"
        raise ValueError(message)
    return body


class _Hurried(io.RawIOBase):
    """
    What a server sends, until the deadline.

    A socket's own timeout begins anew with each byte: a server that drips could hold us for
    hours, in its headers too.
    """

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._connected = connected
        self._deadline = deadline
        self._received = connected.makefile("rb", buffering=0)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Be the socket that http.client reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Whether this is for reading."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        """Read what has arrived; raises TimeoutError when nothing does in time."""
        # Never 0, which would mean not to wait at all.
        self._connected.settimeout(max(self._deadline - time.monotonic(), 0.001))
        return self._received.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._received.close()
        super().close()
