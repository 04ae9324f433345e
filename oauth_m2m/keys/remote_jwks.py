"""
The public keys of another server: fetched when needed, kept, and kept on while it is away.

One fetch answers an unknown key, and no more than one in thirty seconds, so that tokens
with invented key ids cannot make us hammer the other side.

https://www.rfc-editor.org/rfc/rfc7517#section-5
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import PyJWK

from oauth_m2m import protocol
from oauth_m2m.keys.fetch import TIMEOUT_SECONDS, fetch
from oauth_m2m.keys.jwk import RSA_BITS, with_known_algorithm
from oauth_m2m.log_events import REMOTE_KEYS_UNAVAILABLE
from oauth_m2m.setting_types import Network

__all__ = ["RemoteKeys", "RemoteKeysUnavailableError", "forget_remote_keys", "remote_keys"]

KEPT_SECONDS: Final = 300.0
RETRY_SECONDS: Final = 30.0
FIRST_RETRY_SECONDS: Final = 2.0

logger = logging.getLogger("oauth_m2m.keys")


class RemoteKeysUnavailableError(Exception):
    """The keys were never had, and cannot be fetched now."""


class RemoteKeys:
    """The key set at one address, as this process knows it."""

    def __init__(
        self,
        jwks_uri: str,
        allowed_networks: Sequence[Network] | None = None,
        parse: Callable[[bytes], dict[str, PyJWK]] | None = None,
    ) -> None:
        """
        Fetch nothing yet.

        *allowed_networks* None: the operator chose the address, and it may be anywhere. Else
        it must be https, and public or in one of them. *parse* reads what is fetched and
        raises ValueError; None: it is a JWK Set.
        """
        self._jwks_uri = jwks_uri
        self._parse = parse or _parse
        self._allowed_networks = allowed_networks
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
                self._keys = self._parse(fetch(self._jwks_uri, self._allowed_networks))
            except (OSError, ValueError) as error:
                # The last good copy serves on; without one, nothing is let in.
                logger.warning(
                    "keys of %s: %s: %s",
                    self._jwks_uri,
                    type(error).__name__,
                    error,
                    extra=REMOTE_KEYS_UNAVAILABLE(
                        url=self._jwks_uri, error_type=type(error).__name__, error=str(error)
                    ),
                )
            else:
                self._fetched_at = self._tried_at
        finally:
            self._lock.release()


@lru_cache(maxsize=1024)
def remote_keys(
    jwks_uri: str,
    allowed_networks: tuple[Network, ...] | None = None,
    parse: Callable[[bytes], dict[str, PyJWK]] | None = None,
) -> RemoteKeys:
    """Return this process's copy of the set at *jwks_uri*; the rest as in RemoteKeys."""
    return RemoteKeys(jwks_uri, allowed_networks, parse)


def forget_remote_keys() -> None:
    """Fetch every set anew when it is next needed."""
    remote_keys.cache_clear()


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
    member = with_known_algorithm(member)
    if member.get("alg") not in (None, *protocol.ASYMMETRIC_ALGORITHMS):
        return None
    try:
        key = PyJWK(member)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    # RFC 7518 section 3.3.
    is_short = isinstance(key.key, rsa.RSAPublicKey) and key.key.key_size < RSA_BITS
    is_ours_to_use = key.algorithm_name in protocol.ASYMMETRIC_ALGORITHMS and not is_short
    return key if is_ours_to_use else None
