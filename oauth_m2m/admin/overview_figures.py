"""
The figures of the overview, each by one statement that reads a bounded part of an index.

Only the table of clients is read as a whole: it is small beside those of tokens, usage and
the audit trail.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from oauth_m2m.admin.reason_words import ReasonWords, words_of
from oauth_m2m.models import AuditEvent, Client, UsageCount

__all__ = [
    "BUSY_DAYS",
    "READ_REFUSALS",
    "REFUSED_DAYS",
    "SHOWN",
    "UNUSED_DAYS",
    "BusyClient",
    "RefusalCount",
    "Refusals",
    "busiest_clients",
    "refusals_by_reason",
    "unused_clients",
]

SHOWN: Final = 10
UNUSED_DAYS: Final = 90
REFUSED_DAYS: Final = 7
BUSY_DAYS: Final = 30

READ_REFUSALS: Final = 10_000
"""How many rows of the trail are summed up. A row may stand for a flood, so a sum may be larger."""

_Kind = UsageCount.Kind


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """How often a reason came up; *share* is the width of its bar, in per cent."""

    reason: str
    words: ReasonWords
    count: int
    share: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """
    The most frequent reasons.

    *since* is None if all refusals of the days are summed up, else the oldest that was read.
    """

    counts: tuple[RefusalCount, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class BusyClient:
    """What a client did; *share* is the width of its bar, in per cent."""

    client: Client
    tokens: int
    calls: int
    share: str


def unused_clients(clients: QuerySet[Client]) -> list[Client]:
    """Return active ones of *clients* that did nothing for UNUSED_DAYS, those never used first."""
    since = timezone.now() - timedelta(days=UNUSED_DAYS)
    unused = clients.filter(
        Q(last_used_at=None) | Q(last_used_at__lt=since), is_active=True, created_at__lt=since
    )
    oldest_first = F("last_used_at").asc(nulls_first=True)
    return list(unused.order_by(oldest_first, "created_at", "pk")[: SHOWN + 1])


def refusals_by_reason(events: QuerySet[AuditEvent]) -> Refusals:
    """Sum up the refusals among *events* in the last REFUSED_DAYS, the most frequent first."""
    since = timezone.now() - timedelta(days=REFUSED_DAYS)
    newest = events.filter(created_at__gte=since).exclude(error_id="")
    # Summed up here: not every database has a limit in a subquery, and without one a flood of
    # a million rows is read.
    rows = newest.order_by("-created_at", "-pk").values_list("reason", "count", "created_at")
    read = list(rows[:READ_REFUSALS])
    totals: Counter[str] = Counter()
    for reason, count, _ in read:
        totals[reason] += count
    most = max(totals.values(), default=1)
    counts = tuple(
        RefusalCount(reason, words_of(reason), count, _share(count, most))
        for reason, count in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    )
    return Refusals(counts, read[-1][2] if len(read) == READ_REFUSALS else None)


def busiest_clients(clients: QuerySet[Client]) -> list[BusyClient]:
    """Return those of *clients* with most tokens and API calls in the last BUSY_DAYS."""
    first_day = timezone.now().date() - timedelta(days=BUSY_DAYS - 1)
    counts = UsageCount.objects.filter(
        day__gte=first_day,
        kind__in=(_Kind.TOKEN_ISSUED, _Kind.API_CALL),
        client__in=clients.order_by().values("pk"),
    )
    rows = list(
        counts.values("client")
        .annotate(
            total=Sum("count"),
            tokens=Coalesce(Sum("count", filter=Q(kind=_Kind.TOKEN_ISSUED)), 0),
            calls=Coalesce(Sum("count", filter=Q(kind=_Kind.API_CALL)), 0),
        )
        .order_by("-total", "client")[:SHOWN]
    )
    named = Client.objects.in_bulk([row["client"] for row in rows])
    most = max((row["total"] for row in rows), default=1)
    return [
        BusyClient(named[row["client"]], row["tokens"], row["calls"], _share(row["total"], most))
        for row in rows
        if row["client"] in named
    ]


def _share(count: int, most: int) -> str:
    # As text: a template would write the number in the reader's language.
    return f"{100 * count / most:.2f}%"
