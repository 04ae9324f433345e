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
from http.client import HTTPException
from threading import Lock
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import PyJWK

from oauth_m2m import protocol
from oauth_m2m.keys.jwk import RSA_BITS

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
        # While one thread fetches, the others go on with the copy they have, if they have one.
        if not self._lock.acquire(timeout=TIMEOUT_SECONDS if self._keys is None else 0):
            return
        try:
            pause = FIRST_RETRY_SECONDS if self._keys is None else RETRY_SECONDS
            if time.monotonic() - self._tried_at < pause:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = _parse(_fetch(self._jwks_uri))
            except (OSError, ValueError, HTTPException) as error:
                # The last good copy serves on; without one, nothing is let in.
                logger.warning("keys of %s: %s: %s", self._jwks_uri, type(error).__name__, error)
            else:
                self._fetched_at = self._tried_at
        finally:
            self._lock.release()


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
    try:
        document = json.loads(body)
    except RecursionError:
        document = None
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        message = "not a key set"
        raise ValueError(message)  # noqa: TRY004 - one kind for all that is wrong with a body
    found = {member["kid"]: key for member in members if (key := _usable(member)) is not None}
    if not found:
        message = "no usable key"
        raise ValueError(message)
    return found


def _usable(member: Any) -> PyJWK | None:
    """Return the key, or None for one that must not, or cannot, verify: the others still may."""
    if not isinstance(member, dict) or not isinstance(member.get("kid"), str):
        return None
    # Whoever reads the private half of a key can make tokens; and so with a symmetric key,
    # which has no algorithm among ours.
    if "d" in member or member.get("use", "sig") != "sig":
        return None
    if member.get("alg") not in (None, *protocol.SIGNING_ALGORITHMS):
        return None
    try:
        key = PyJWK(member)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    # RFC 7518 section 3.3.
    is_short = isinstance(key.key, rsa.RSAPublicKey) and key.key.key_size < RSA_BITS
    is_ours_to_use = key.algorithm_name in protocol.SIGNING_ALGORITHMS and not is_short
    return key if is_ours_to_use else None
