"""
What this process knows of the clients of signed tokens, and for how long it believes it.

A signed token proves itself without a query. What it cannot know, that it was revoked or
its client disabled, is looked up by client at most once in ``REVOCATION_REFRESH_SECONDS``.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models.client_facts import ClientFacts, find_client_facts

__all__ = ["MAX_CLIENTS", "facts_of", "forget_facts"]

MAX_CLIENTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    facts: ClientFacts | None
    read_at: float


_known: OrderedDict[str, _Known] = OrderedDict()
_lock = Lock()


def facts_of(client_id: str) -> ClientFacts | None:
    """
    Return the facts of a client, never older than ``REVOCATION_REFRESH_SECONDS``.

    None when there is no such client any more.
    """
    # The clock is read before the query: what changes while it runs is seen next time.
    now = time.monotonic()
    known = _known.get(client_id)
    if known is not None and now - known.read_at < m2m_settings.REVOCATION_REFRESH_SECONDS:
        return known.facts
    facts = find_client_facts(client_id)
    with _lock:
        _known[client_id] = _Known(facts, now)
        _known.move_to_end(client_id)
        while len(_known) > MAX_CLIENTS:
            _known.popitem(last=False)
    return facts


def forget_facts() -> None:
    """Look everything up anew: after this process changed something itself."""
    with _lock:
        _known.clear()
