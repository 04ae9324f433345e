"""What ends soon: secrets, keys and certificates of clients, and our own signing key."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client, ClientKey, ClientSecret, SigningKey
from oauth_m2m.models.missed_secrets import would_be_missed

__all__ = ["SOON", "Ending", "ending_credentials", "ending_signing_key"]

SOON: Final = timedelta(days=30)
"""How long before its end people are told of a credential for the first time."""


@dataclass(frozen=True, slots=True)
class Ending:
    """
    Something that works now and ends at *expires_at*.

    *kind* is ``secret``, ``key``, ``certificate`` or ``signing_key``, which has no *client*.
    """

    kind: str
    pk: int
    key_id: str
    expires_at: datetime
    client: Client | None = None
    last_used_at: datetime | None = None

    @property
    def days_left(self) -> int:
        """The days until then; a part of a day counts as one."""
        return max(math.ceil((self.expires_at - timezone.now()) / timedelta(days=1)), 0)


def ending_credentials(
    until: datetime,
    *,
    clients: QuerySet[Client] | None = None,
    limit: int | None = None,
    using: str | None = None,
) -> list[Ending]:
    """
    Return what active clients prove themselves with and what ends by *until*, soonest first.

    A secret that a rotation replaced is left out unless somebody would miss it.
    *clients* are those to look at, all unless given; at most *limit* are returned.
    """
    rows: list[Any] = []
    for model in (ClientSecret, ClientKey):
        found = model.objects.using(using).active().filter(expires_at__lte=until)
        if model is ClientSecret:
            found = found.filter(would_be_missed())
        if clients is not None:
            found = found.filter(client__in=clients)
        found = found.filter(client__is_active=True).select_related("client__owner")
        rows += found.order_by("expires_at", "pk")[:limit]
    rows.sort(key=lambda row: row.expires_at)
    return [_ending(row) for row in rows[:limit]]


def ending_signing_key(until: datetime, *, using: str | None = None) -> Ending | None:
    """
    Return the key that signs now, if it stops by *until* and no other is there to follow it.

    A rotation makes the next key first. Without one the first token after the end makes a
    key, which APIs have not had the time to fetch.
    """
    if m2m_settings.SIGNING_KEYS:
        return None
    keys = SigningKey.objects.using(using).filter(algorithm=m2m_settings.SIGNING_ALGORITHM)
    newest = keys.order_by("-generation").first()
    if newest is None or newest.retires_at is None:
        return None
    if not timezone.now() < newest.retires_at <= until:
        return None
    return Ending("signing_key", newest.pk, newest.kid, newest.retires_at)


def _ending(row: Any) -> Ending:
    if isinstance(row, ClientSecret):
        kind, key_id = "secret", row.key_id
    else:
        kind, key_id = ("certificate" if row.certificate else "key"), row.kid
    return Ending(kind, row.pk, key_id, row.expires_at, row.client, row.last_used_at)
