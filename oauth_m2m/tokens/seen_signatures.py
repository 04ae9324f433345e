"""
The signed tokens whose signature this process has checked: once is enough.

A token is known by its digest, so the same text has the same claims and the same signature.
Only that is remembered: nothing of the claims, and not whether the token is still good. A key
that was withdrawn proves nothing any more, also what it proved before.
"""

import math
import time
from dataclasses import dataclass
from typing import Any, Final

from jwt import PyJWK

from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.signing import verification_key
from oauth_m2m.keys.strict_jwt import claims_as_read
from oauth_m2m.recent import Recent

__all__ = [
    "MAX_SIGNATURES",
    "claims_if_seen",
    "forget_signatures",
    "remember_signature",
]

MAX_SIGNATURES: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Seen:
    issuer: str
    kid: str
    key: PyJWK


_seen: Final[Recent[str, _Seen]] = Recent(MAX_SIGNATURES)


def claims_if_seen(presented: str, issuer: str) -> dict[str, Any] | None:
    """Return the claims of a token of *issuer* that was verified before, or None."""
    seen = _seen.get(digest_credential(presented), math.inf)
    if seen is None or seen.issuer != issuer:
        return None
    key = verification_key(seen.kid)
    # The ring is read anew now and then; then the same key is another object.
    if key is None or not (key is seen.key or key.key == seen.key.key):
        return None
    # Read anew: what a view does to its claims must not show in other requests.
    return dict(claims_as_read(presented))


def remember_signature(presented: str, issuer: str, key: PyJWK) -> None:
    """Remember that *key*, which our ring has under its key id, signed *presented*."""
    seen = _Seen(issuer, str(key.key_id), key)
    _seen.keep(digest_credential(presented), seen, time.monotonic())


def forget_signatures() -> None:
    """Check all signatures anew."""
    _seen.forget()
