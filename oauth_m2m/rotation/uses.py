"""
Note when, and from where, a secret that is being replaced is still used.

Whether such a secret works may depend on its last use, so that is written at the end of the
request that used it, not with the counters: a process with nothing more to do would keep it
for hours. Each process writes each secret at most once a minute, so what is written is at
most a minute old; ``ClientSecret.end_if_unused_since`` allows for it.
"""

import logging
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from oauth_m2m.log_events import RETIRING_USE_DELAYED
from oauth_m2m.models import ClientSecret
from oauth_m2m.models.credentials import USE_PRECISION
from oauth_m2m.models.transactions import our_transaction

__all__ = [
    "KEPT_ADDRESSES",
    "flush",
    "flush_if_due",
    "forget_retiring_uses",
    "record_retiring_use",
]

KEPT_ADDRESSES: Final = 5
"""How many of the last addresses are kept for each secret."""

_NOWHERE: Final = ""  # a Unix socket

_Uses = dict[str, datetime]

logger = logging.getLogger("oauth_m2m.usage")


@dataclass
class _State:
    # Secret -> address -> last use from there, the latest one at the end.
    waiting: dict[int, _Uses] = field(default_factory=dict)
    written_at: dict[int, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_state = _State()


def record_retiring_use(secret_pk: int, address: str | None) -> None:
    """Note that the secret proved its client now, from *address*."""
    with _state.lock:
        _add(secret_pk, {address or _NOWHERE: timezone.now()})


def flush_if_due() -> None:
    """Write the secrets that were not written for a minute; called after each answer."""
    if _state.waiting:
        _write(time.monotonic() - USE_PRECISION.total_seconds())


def flush() -> None:
    """Write all that waits."""
    _write(time.monotonic())


def forget_retiring_uses() -> None:
    """Drop what was not written: a forked child must not wait for a lock of its parent."""
    global _state  # noqa: PLW0603 - a fork gives the child a lock that may be held for ever
    _state = _State()


def _write(written_before: float) -> None:
    for secret_pk, uses in _take(written_before).items():
        try:
            _store(secret_pk, uses)
        except (DatabaseError, InterfaceError) as error:
            name = type(error).__name__
            logger.warning(
                "uses of a retiring secret kept for later: %s",
                name,
                extra=RETIRING_USE_DELAYED(error_type=name),
            )
            with _state.lock:
                _state.written_at.pop(secret_pk, None)
                later = _state.waiting.pop(secret_pk, {})
                _add(secret_pk, uses)
                _add(secret_pk, later)


def _take(written_before: float) -> dict[int, _Uses]:
    now = time.monotonic()
    with _state.lock:
        recent = {pk: at for pk, at in _state.written_at.items() if at > written_before}
        due = {pk: uses for pk, uses in _state.waiting.items() if pk not in recent}
        _state.waiting = {pk: uses for pk, uses in _state.waiting.items() if pk in recent}
        _state.written_at = recent | dict.fromkeys(due, now)
    return due


def _add(secret_pk: int, uses: _Uses) -> None:
    known = _state.waiting.setdefault(secret_pk, {})
    for address, moment in uses.items():
        known.pop(address, None)
        known[address] = moment
    while len(known) > KEPT_ADDRESSES:
        del known[next(iter(known))]


@our_transaction()
def _store(secret_pk: int, uses: _Uses) -> None:
    # Locked: of two processes that write at once neither may lose the other's address.
    secret = ClientSecret.objects.select_for_update().filter(pk=secret_pk).first()
    if secret is None:
        return
    latest = max(uses.values())
    if secret.last_used_at is None or secret.last_used_at < latest:
        secret.last_used_at = latest
    end = secret.end_if_unused_since(secret.last_used_at)
    if end is not None and secret.expires_at is not None:
        # Never back: a rotation may have given it a moment that is later.
        secret.expires_at = max(secret.expires_at, end)
    secret.last_addresses = _merged(secret.last_addresses, uses)
    secret.save(update_fields=["last_used_at", "expires_at", "last_addresses"])


def _merged(stored: list[list[str]], uses: _Uses) -> list[list[str]]:
    known = {address: datetime.fromisoformat(moment) for address, moment in stored}
    for address, moment in uses.items():
        if address != _NOWHERE:
            known[address] = max(moment, known.get(address, moment))
    newest = sorted(known.items(), key=lambda use: use[1], reverse=True)
    return [[address, moment.isoformat()] for address, moment in newest[:KEPT_ADDRESSES]]


os.register_at_fork(after_in_child=forget_retiring_uses)
