"""
The public keys of another server: fetched when needed, kept, and kept on while it is away.

One fetch answers an unknown key, and no more than one in thirty seconds, so that tokens
with invented key ids cannot make us hammer the other side.

https://www.rfc-editor.org/rfc/rfc7517#section-5
"""

import json
import logging
import time
from functools import lru_cache
from threading import Lock
from typing import Final

import jwt
from jwt import PyJWK, PyJWKSet

__all__ = ["RemoteKeys", "RemoteKeysUnavailableError", "forget_remote_keys", "remote_keys"]

KEPT_SECONDS: Final = 300.0
RETRY_SECONDS: Final = 30.0
FIRST_RETRY_SECONDS: Final = 2.0
TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024

logger = logging.getLogger("oauth_m2m.keys")


class RemoteKeysUnavailableError(Exception):
    """The keys were never had, and cannot be fetched now."""


class RemoteKeys:
    """The key set at one address, as this process knows it."""

    def __init__(self, jwks_uri: str) -> None:
        """Fetch nothing yet."""
        self._jwks_uri = jwks_uri
        self._keys: dict[str, PyJWK] | None = None
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = Lock()

    def find(self, kid: str) -> PyJWK | None:
        """
        Return the key *kid*, or None if the set has none.

        Raises RemoteKeysUnavailableError.
        """
        is_fresh = time.monotonic() - self._fetched_at < KEPT_SECONDS
        if self._keys is None or not is_fresh or kid not in self._keys:
            self._refresh()
        if self._keys is None:
            raise RemoteKeysUnavailableError
        return self._keys.get(kid)

    def _refresh(self) -> None:
        with self._lock:
            pause = FIRST_RETRY_SECONDS if self._keys is None else RETRY_SECONDS
            if time.monotonic() - self._tried_at < pause:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = _parse(_fetch(self._jwks_uri))
            except (OSError, ValueError, jwt.PyJWTError) as error:
                # The last good copy serves on; without one, nothing is let in.
                logger.warning("keys of %s: %s", self._jwks_uri, type(error).__name__)
            else:
                self._fetched_at = self._tried_at


@lru_cache(maxsize=64)
def remote_keys(jwks_uri: str) -> RemoteKeys:
    """Return this process's copy of the set at *jwks_uri*."""
    return RemoteKeys(jwks_uri)


def forget_remote_keys() -> None:
    """Fetch every set anew when it is next needed."""
    remote_keys.cache_clear()


def _fetch(address: str) -> bytes:
    # Needed by few, and slow to import.
    from urllib.request import HTTPRedirectHandler, Request, build_opener  # noqa: PLC0415

    class NoRedirects(HTTPRedirectHandler):
        # A redirect could lead into the private network.
        def redirect_request(self, *_args: object) -> None:
            return None

    request = Request(address, headers={"Accept": "application/jwk-set+json, application/json"})  # noqa: S310 - the setting admits https, and http on loopback
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with build_opener(NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as response:
        body = b""
        # The timeout is for each read: a server that drips must not hold us for hours.
        while len(body) <= MAX_BYTES and time.monotonic() < deadline:
            part = response.read1(64 * 1024)
            if not part:
                return body
            body += part
    message = "too large or too slow"
    raise ValueError(message)


def _parse(body: bytes) -> dict[str, PyJWK]:
    document = json.loads(body)
    if not isinstance(document, dict):
        message = "not a key set"
        raise ValueError(message)  # noqa: TRY004 - one kind for all that is wrong with a body
    keys = PyJWKSet.from_dict(document).keys
    return {key.key_id: key for key in keys if key.key_id and key.key_type != "oct"}
