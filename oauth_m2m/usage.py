"""
Count what clients do, away from the request's path.

Counters gather in memory and are written at most once a minute, after an answer was sent.
A crash loses at most that minute of counters, never a token. Each process adds its own
share, so any number of them may write the same row.
"""

import logging
import math
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db import DatabaseError, IntegrityError, InterfaceError, models
from django.db.models import F, Q
from django.utils import timezone

from oauth_m2m.log_events import USAGE_DELAYED
from oauth_m2m.models import Client, ClientKey, ClientSecret, UsageCount
from oauth_m2m.models.transactions import our_transaction

__all__ = [
    "FLUSH_INTERVAL_SECONDS",
    "flush",
    "flush_if_due",
    "hold",
    "record_authentication",
    "record_use",
]

FLUSH_INTERVAL_SECONDS: Final = 60.0

_NO_USE: Final = frozenset({UsageCount.Kind.REFUSAL, UsageCount.Kind.THROTTLED})

logger = logging.getLogger("oauth_m2m.usage")


@dataclass
class _Pending:
    counts: Counter[tuple[int, date, str]] = field(default_factory=Counter)
    clients: dict[int, datetime] = field(default_factory=dict)
    secrets: dict[int, datetime] = field(default_factory=dict)
    keys: dict[int, datetime] = field(default_factory=dict)
    last_flush: float = field(default_factory=time.monotonic)

    def touch(
        self, now: datetime, client_pk: int, secret_pk: int | None, key_pk: int | None
    ) -> None:
        """Keep *now* as the last use of those that are there."""
        self.clients[client_pk] = now
        if secret_pk is not None:
            self.secrets[secret_pk] = now
        if key_pk is not None:
            self.keys[key_pk] = now

    def absorb(self, other: "_Pending") -> None:
        """Take back what could not be written; later times win."""
        self.counts.update(other.counts)
        self.clients = other.clients | self.clients
        self.secrets = other.secrets | self.secrets
        self.keys = other.keys | self.keys


_pending = _Pending()
_lock = threading.Lock()


def record_use(
    kind: UsageCount.Kind,
    client_pk: int | None,
    *,
    secret_pk: int | None = None,
    key_pk: int | None = None,
) -> None:
    """Count one *kind* of a known client; what was refused is not a use of the client."""
    if client_pk is None:
        return
    now = timezone.now()
    with _lock:
        _pending.counts[client_pk, now.date(), kind.value] += 1
        if kind not in _NO_USE:
            _pending.touch(now, client_pk, secret_pk, key_pk)


def record_authentication(client_pk: int, *, secret_pk: int | None, key_pk: int | None) -> None:
    """Note that a client proved itself: to a credential that is a use, whatever it is for."""
    now = timezone.now()
    with _lock:
        _pending.touch(now, client_pk, secret_pk, key_pk)


def flush_if_due() -> None:
    """Write the counters if a minute has passed; called after each answer."""
    is_pending = _pending.counts or _pending.clients
    if is_pending and time.monotonic() - _pending.last_flush >= FLUSH_INTERVAL_SECONDS:
        flush()


def hold() -> None:
    """Write no counters by themselves until ``flush`` is called: in tests the rows are gone."""
    _pending.last_flush = math.inf


def flush() -> None:
    """Write the counters now; what cannot be written is kept for the next time."""
    batch = _take()
    try:
        with our_transaction():
            _write(batch)
    except (DatabaseError, InterfaceError) as error:
        name = type(error).__name__
        logger.warning(
            "usage counters kept for later: %s", name, extra=USAGE_DELAYED(error_type=name)
        )
        with _lock:
            _pending.absorb(batch)


def _take() -> _Pending:
    global _pending
    with _lock:
        batch, _pending = _pending, _Pending()
    return batch


def _write(batch: _Pending) -> None:
    # Sorted: two processes that write the same rows lock them in the same order.
    for (client_pk, day, kind), count in sorted(batch.counts.items()):
        _add(client_pk, day, kind, count)
    _touch(Client, batch.clients)
    _touch(ClientSecret, batch.secrets)
    _touch(ClientKey, batch.keys)


def _add(client_pk: int, day: date, kind: str, count: int) -> None:
    row = UsageCount.objects.filter(client_id=client_pk, day=day, kind=kind)
    if row.update(count=F("count") + count):
        return
    # The client may have been deleted since; its foreign key then fails, perhaps only at
    # the end of the transaction, so ask first.
    if not Client.objects.filter(pk=client_pk).exists():
        return
    try:
        with our_transaction():
            UsageCount.objects.create(client_id=client_pk, day=day, kind=kind, count=count)
    except IntegrityError:
        row.update(count=F("count") + count)


def _touch(model: type[models.Model], used: dict[int, datetime]) -> None:
    for pk, moment in sorted(used.items()):
        model._default_manager.filter(  # noqa: SLF001 - the documented way to a model's manager
            Q(last_used_at=None) | Q(last_used_at__lt=moment), pk=pk
        ).update(last_used_at=moment)


def _forget() -> None:
    # A forked child must not write its parent's counters again, nor wait for a lock that a
    # thread of the parent held: that thread is not there to release it.
    global _pending, _lock
    _pending, _lock = _Pending(), threading.Lock()


os.register_at_fork(after_in_child=_forget)
