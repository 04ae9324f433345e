"""
The clients that this process saw prove themselves within the last ``CLIENT_CACHE_SECONDS``.

Only what was looked up and then let in is kept. A client that does not exist, a secret that was
revoked, a client that is disabled are looked up each time, so that what is put right works at
once; and a presented secret is compared with its digest at every request, kept or not.
"""

import time
from dataclasses import replace
from typing import Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.hashing import DJANGO
from oauth_m2m.models.client_lookup import (
    ClientRecord,
    Lookup,
    SecretRecord,
    WantedScopes,
    find_client,
)
from oauth_m2m.recent import Recent

__all__ = ["MAX_CLIENTS", "forget_clients", "known_client", "remember_client"]

MAX_CLIENTS: Final = 10_000

_known: Final[Recent[tuple[str, str, str, WantedScopes], ClientRecord]] = Recent(MAX_CLIENTS)


def known_client(
    client_id: str, key_id: str = "", kid: str = "", wanted: WantedScopes = None
) -> ClientRecord | None:
    """
    Return what find_client() does, not older than ``CLIENT_CACHE_SECONDS``.

    With 0 it is one statement each time.
    """
    seconds = m2m_settings.CLIENT_CACHE_SECONDS
    if not seconds:
        return find_client(client_id, key_id, kid, wanted)
    asked = (client_id, key_id, kid, wanted)
    known = _known.get(asked, seconds)
    if known is not None:
        return known
    read_at = time.monotonic()
    found = find_client(client_id, key_id, kid, wanted)
    return None if found is None else replace(found, lookup=Lookup(asked, read_at))


def remember_client(client: ClientRecord) -> None:
    """Keep a client that known_client() returned and that then proved itself."""
    if client.lookup is not None and (client.secret is None or _stays(client.secret)):
        _known.keep(client.lookup.asked, client, client.lookup.read_at)


def _stays(secret: SecretRecord) -> bool:
    # A password hash is about to be replaced: kept, it would be worked through each time. The
    # end of a secret that is being replaced may move on, and a proposal is about to be confirmed.
    is_moving = secret.retiring_since is not None or secret.awaits_use
    return secret.algorithm != DJANGO and not is_moving


def forget_clients() -> None:
    """Look all clients up anew: after this process changed something itself."""
    _known.forget()
