"""
The opaque tokens that this process verified within the last ``VERIFICATION_CACHE_SECONDS``.

Kept by digest, never by the token itself, and only if they were good: one that is unknown or
revoked is looked up each time. What a kept token is worth now is judged at every request: its
end, its audience, the caller's network and the key that it is bound to.
"""

import time
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import replace
from typing import Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.hashing import digest_credential
from oauth_m2m.recent import Recent
from oauth_m2m.tokens.proven import ProvenToken, judge

__all__ = ["MAX_TOKENS", "forget_tokens", "known_token"]

MAX_TOKENS: Final = 10_000

_known: Final[Recent[str, ProvenToken]] = Recent(MAX_TOKENS)


def known_token(presented: str, prove: Callable[[str], ProvenToken]) -> ProvenToken:
    """
    Return what *prove* says of the token, not older than ``VERIFICATION_CACHE_SECONDS``.

    Raises InvalidToken, as *prove* and judge() do. With 0 the database is asked each time.
    """
    seconds = m2m_settings.VERIFICATION_CACHE_SECONDS
    if not seconds:
        return _judged(prove(presented))
    digest = digest_credential(presented)
    known = _known.get(digest, seconds)
    if known is not None:
        return _own_copy(_judged(known))
    read_at = time.monotonic()
    found = _judged(prove(presented))
    _known.keep(digest, found, read_at)
    return _own_copy(found)


def forget_tokens() -> None:
    """Ask about all tokens anew: after this process changed something itself."""
    _known.forget()


def _judged(token: ProvenToken) -> ProvenToken:
    judge(token)
    return token


def _own_copy(token: ProvenToken) -> ProvenToken:
    # What a view does to its claims or its user must not show in other requests; a user also
    # remembers its permissions.
    client, account = token.client, token.client.service_account
    if account is not None:
        client = replace(client, service_account=copy(account))
    confirmation = None if token.confirmation is None else dict(token.confirmation)
    return replace(token, claims=deepcopy(token.claims), confirmation=confirmation, client=client)
