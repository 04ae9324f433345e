"""
Audit events as lines of JSON, for other systems and for the seals.

A line has the same fields in the same order for ever, in ASCII and without spaces between:
its SHA-256 is what a seal keeps, so the lines that were shipped can be held against it.
Relations are not in it, because the row of a user or a client may be deleted.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from oauth_m2m.models import AuditEvent, AuditSeal

__all__ = [
    "COLUMNS",
    "FROM_THE_START",
    "Position",
    "line_of",
    "lines",
    "position_after",
    "utc_text",
]

COLUMNS: Final = (
    "id",
    "created_at",
    "kind",
    "actor_name",
    "client_identifier",
    "address",
    "reason",
    "error_id",
    "count",
    "detail",
)
_READ_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the order in which events were sealed, to which nothing is added before."""

    sequence: int
    event_id: int


FROM_THE_START: Final = Position(0, 0)


def line_of(row: Mapping[str, Any]) -> str:
    """Return the line of a *row* that has COLUMNS."""
    record = {
        "id": row["id"],
        "created_at": utc_text(row["created_at"]),
        "kind": row["kind"],
        "actor": row["actor_name"],
        "client_id": row["client_identifier"],
        "address": row["address"],
        "reason": row["reason"],
        "error_id": row["error_id"],
        "count": row["count"],
        "detail": _ordered(row["detail"]),
    }
    return json.dumps(record, separators=(",", ":"))


def utc_text(moment: datetime) -> str:
    """Return *moment* in the one form that a digest may hang on."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def lines(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: Sequence[str] = (),
    client_id: str = "",
    after: Position | None = None,
) -> Iterator[str]:
    """
    Yield the lines of the events from *since* to before *until*, in flat memory.

    With *after* only those that were sealed after that one, in the order of the seals;
    else all, in the order of their ids.
    """
    events = AuditEvent.objects.all()
    if since is not None:
        events = events.filter(created_at__gte=since)
    if until is not None:
        events = events.filter(created_at__lt=until)
    if kinds:
        events = events.filter(kind__in=kinds)
    if client_id:
        events = events.filter(client_identifier=client_id)
    for row in _in_pages(events, after):
        yield line_of(row)


def position_after(event_id: int) -> Position | None:
    """
    Return the place of the sealed event *event_id*, or None if there is no such event.

    0 is before the first one. An event that was cleared is before all that are left.
    """
    if event_id == 0:
        return FROM_THE_START
    event = AuditEvent.objects.filter(pk=event_id).exclude(seal=None).only("seal_id").first()
    if event is not None and event.seal_id is not None:
        return Position(event.seal_id, event_id)
    cleared = AuditSeal.objects.exclude(cleared_at=None).order_by("-sequence").first()
    if cleared is not None and event_id <= cleared.row_digests[-1][0]:
        return None if AuditEvent.objects.filter(pk=event_id).exists() else FROM_THE_START
    return None


def _in_pages(events: QuerySet[AuditEvent], after: Position | None) -> Iterator[dict[str, Any]]:
    # A statement each: a cursor of the server would keep a transaction open for as long as
    # the reader takes, and a pooler between may not know it.
    page = _page(events, 0, after)
    while page:
        yield from page
        last = page[-1]
        place = None if after is None else Position(last["seal_id"], last["id"])
        page = _page(events, last["id"], place)


def _page(
    events: QuerySet[AuditEvent], last_id: int, after: Position | None
) -> list[dict[str, Any]]:
    # An id says nothing about when its transaction ended: who remembers the largest one
    # would miss a row that became visible later. Seals are in an order.
    if after is None:
        rows = events.filter(pk__gt=last_id).order_by("pk")
    else:
        later = Q(seal__gt=after.sequence) | Q(seal=after.sequence, pk__gt=after.event_id)
        rows = events.filter(later, seal__gte=after.sequence).order_by("seal_id", "pk")
    return list(rows.values(*COLUMNS, "seal_id")[:_READ_AT_ONCE])


def _ordered(value: Any) -> Any:
    # Each database keeps the keys of JSON in an order of its own.
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value
