"""
Record refusals: each carries an ``error_id``, and a flood is counted, not written row by row.

The caller is told the id beside the RFC's error; whoever may read the audit trail finds
the exact reason by it. Of refusals that are alike (same kind, reason, client and address)
the first ``ROWS_IN_FULL`` of a minute get rows of their own. Those that follow share the
id of one row more, and when the minute is over a last row says how many they were: rows
are only ever added. A crash loses at most that minute's count.
"""

import logging
import os
import secrets
import string
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from django.db import DatabaseError, InterfaceError

from oauth_m2m.audit import printable, write_event
from oauth_m2m.errors import OAuthError
from oauth_m2m.log_events import REFUSALS_DELAYED
from oauth_m2m.models import AuditEvent, Client
from oauth_m2m.signals import request_refused

__all__ = ["MINUTE", "ROWS_IN_FULL", "flush", "flush_if_due", "forget_refusals", "record_refusal"]

ROWS_IN_FULL: Final = 20
MINUTE: Final = 60.0
MAX_SERIES: Final = 1_000
MAX_WAITING: Final = 1_000

ERROR_ID_LENGTH: Final = 12
_ALPHABET: Final = string.digits + string.ascii_lowercase

logger = logging.getLogger("oauth_m2m.audit")

_Key = tuple[str, str, int | None, str | None]


@dataclass(slots=True)
class _Series:
    """Refusals of one minute that are alike; *shared* has the id of those not written."""

    began_at: float
    rows: int = 0
    shared: AuditEvent | None = None
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: AuditEvent
    thread: int
    since: float


@dataclass(slots=True)
class _State:
    series: OrderedDict[_Key, _Series] = field(default_factory=OrderedDict)
    waiting: list[_Waiting] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


_state = _State()


def record_refusal(
    kind: str, error: OAuthError, address: str | None, *, later: bool = False
) -> None:
    """
    Record that a request was refused, with its private reason; *error* gets its ``error_id``.

    *later*: the row is written after the request, because the request's transaction, if it
    has one, is rolled back by the refusal.
    """
    event = AuditEvent(
        kind=kind,
        client_id=error.client_pk,
        client_identifier=printable(error.client_id),
        address=address,
        reason=error.reason.value,
        error_id="".join(secrets.choice(_ALPHABET) for _ in range(ERROR_ID_LENGTH)),
        detail={"error": error.error},
    )
    with _state.lock:
        shared = _counted_under(event)
        if shared is None and later:
            _wait(event)
    error.error_id = (shared or event).error_id
    if shared is None and not later:
        write_event(event)
    request_refused.send_robust(
        sender=AuditEvent,
        kind=kind,
        error=error.error,
        reason=event.reason,
        # What a stranger calls itself may be anything, and another thing each time.
        client_id="" if error.client_pk is None else event.client_identifier,
        address=address,
        error_id=error.error_id,
    )


def flush_if_due() -> None:
    """
    Write what this thread's requests left, and the counts of minutes that are over.

    Called after each answer. Another thread has another connection, perhaps one
    that nobody closes, so its rows are taken over only if they have waited for a minute.
    """
    if _state.waiting or _state.series:
        _flush(time.monotonic() - MINUTE, threading.get_ident())


def flush() -> None:
    """Write all that waits, and the counts of minutes that are not over yet."""
    _flush(time.monotonic(), threading.get_ident())


def _flush(over_before: float, thread: int) -> None:
    with _state.lock:
        _close_series(over_before)
        mine: list[_Waiting] = []
        others: list[_Waiting] = []
        for waiting in _state.waiting:
            is_ours = waiting.thread == thread or waiting.since <= over_before
            (mine if is_ours else others).append(waiting)
        _state.waiting = others
    for position, waiting in enumerate(mine):
        try:
            _write_late(waiting.event)
        except (DatabaseError, InterfaceError) as error:
            name = type(error).__name__
            logger.warning(
                "refusals kept for later: %s", name, extra=REFUSALS_DELAYED(error_type=name)
            )
            with _state.lock:
                _state.waiting = [*mine[position:], *_state.waiting][:MAX_WAITING]
            return


def _write_late(event: AuditEvent) -> None:
    # The client may have been deleted since; its name stays in the row, as in all others.
    if event.client_id and not Client.objects.filter(pk=event.client_id).exists():
        event.client_id = None
    write_event(event)


def _counted_under(event: AuditEvent) -> AuditEvent | None:
    """Return the event whose id *event* shares, or None if it gets a row of its own."""
    now = time.monotonic()
    _close_series(now - MINUTE)
    series = _series_of(event, now)
    if series.shared is not None:
        series.uncounted += 1
        return series.shared
    series.rows += 1
    if series.rows > ROWS_IN_FULL:
        series.shared = event
    return None


def _series_of(event: AuditEvent, now: float) -> _Series:
    key: _Key = (event.kind, event.reason, event.client_id, event.address)
    if key not in _state.series and len(_state.series) >= MAX_SERIES:
        # From thousands of addresses at once: what is still told apart is the reason.
        key = (event.kind, event.reason, None, None)
    return _state.series.setdefault(key, _Series(now))


def _close_series(began_before: float) -> None:
    # In the order in which they began, so only those that are over are looked at.
    while _state.series and next(iter(_state.series.values())).began_at <= began_before:
        _, series = _state.series.popitem(last=False)
        if series.shared is not None and series.uncounted:
            shared = series.shared
            _wait(
                AuditEvent(
                    kind=shared.kind,
                    client_id=shared.client_id,
                    client_identifier=shared.client_identifier,
                    address=shared.address,
                    reason=shared.reason,
                    error_id=shared.error_id,
                    count=series.uncounted,
                    detail=shared.detail,
                )
            )


def _wait(event: AuditEvent) -> None:
    # While the database is away memory must not grow without end; the log has each line.
    if len(_state.waiting) < MAX_WAITING:
        _state.waiting.append(_Waiting(event, threading.get_ident(), time.monotonic()))


def forget_refusals() -> None:
    """Drop what was not written: a forked child must not write its parent's rows again."""
    global _state  # noqa: PLW0603 - a fork gives the child a lock that may be held for ever
    _state = _State()


os.register_at_fork(after_in_child=forget_refusals)
