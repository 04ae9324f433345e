"""
The public keys of another server: fetched when needed, kept, and kept on while it is away.

One fetch answers an unknown key, and no more than one in thirty seconds, so that tokens
with invented key ids cannot make us hammer the other side.

https://www.rfc-editor.org/rfc/rfc7517#section-5
"""

import json
import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Final

import jwt
from jwt import PyJWK, PyJWKSet

from oauth_m2m.keys.fetch import fetch
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

    def __init__(self, jwks_uri: str, allowed_networks: Sequence[Network] | None = None) -> None:
        """
        Fetch nothing yet.

        *allowed_networks* None: the operator chose the address, and it may be anywhere. Else
        it must be https, and public or in one of them.
        """
        self._jwks_uri = jwks_uri
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
        with self._lock:
            pause = FIRST_RETRY_SECONDS if self._keys is None else RETRY_SECONDS
            if time.monotonic() - self._tried_at < pause:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = _parse(fetch(self._jwks_uri, self._allowed_networks))
            except (OSError, ValueError, jwt.PyJWTError) as error:
                # The last good copy serves on; without one, nothing is let in.
                logger.warning("keys of %s: %s", self._jwks_uri, type(error).__name__)
            else:
                self._fetched_at = self._tried_at


@lru_cache(maxsize=64)
def remote_keys(jwks_uri: str, allowed_networks: tuple[Network, ...] | None = None) -> RemoteKeys:
    """Return this process's copy of the set at *jwks_uri*."""
    return RemoteKeys(jwks_uri, allowed_networks)


def forget_remote_keys() -> None:
    """Fetch every set anew when it is next needed."""
    remote_keys.cache_clear()


def _parse(body: bytes) -> dict[str, PyJWK]:
    document = json.loads(body)
    if not isinstance(document, dict):
        message = "not a key set"
        raise ValueError(message)  # noqa: TRY004 - one kind for all that is wrong with a body
    keys = PyJWKSet.from_dict(document).keys
    return {key.key_id: key for key in keys if key.key_id and key.key_type != "oct"}
