"""
What a client did in the last 30 days, as bars and as a table.

Each kind has a chart of its own, as high as its busiest day: on one scale a hundred tokens
beside a million calls would be a line that nobody sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from oauth_m2m.models import Client, UsageCount

__all__ = ["DAYS", "HEIGHT", "Bar", "Chart", "Usage", "usage_of"]

DAYS: Final = 30
HEIGHT: Final = 48
"""Of a chart, in pixels."""

_LEAST_HEIGHT: Final = 2  # a day on which something happened is seen
_GAP: Final = 0.25  # of a day's width

_ALWAYS: Final = (
    UsageCount.Kind.TOKEN_ISSUED,
    UsageCount.Kind.API_CALL,
    UsageCount.Kind.REFUSAL,
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart: across in per cent of its width, upright in pixels."""

    day: date
    count: int
    x: str
    width: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The days of one kind, the oldest first; days without anything have no bar."""

    kind: str
    label: str
    total: int
    most: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """The charts, and the rows of the table behind them, the newest day first."""

    first: date
    last: date
    charts: tuple[Chart, ...]
    rows: tuple[tuple[date, tuple[int, ...]], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened at all."""
        return not any(chart.total for chart in self.charts)


def usage_of(client: Client) -> Usage:
    """Return what *client* did, today (UTC) included, from one statement."""
    last = timezone.now().date()
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    counts = {
        (kind, day): count
        for kind, day, count in UsageCount.objects.filter(
            client=client, day__gte=days[0], day__lte=last
        ).values_list("kind", "day", "count")
    }
    kinds = [kind for kind in UsageCount.Kind if kind in _ALWAYS or _happened(kind, counts)]
    charts = tuple(_chart(kind, days, counts) for kind in kinds)
    rows = tuple(
        (day, tuple(counts.get((kind.value, day), 0) for kind in kinds)) for day in reversed(days)
    )
    return Usage(days[0], last, charts, rows)


def _happened(kind: UsageCount.Kind, counts: Mapping[tuple[str, date], int]) -> bool:
    return any(known == kind.value for known, _ in counts)


def _chart(
    kind: UsageCount.Kind, days: Sequence[date], counts: Mapping[tuple[str, date], int]
) -> Chart:
    by_day = [counts.get((kind.value, day), 0) for day in days]
    most = max(by_day)
    bars = tuple(
        _bar(place, day, count, most)
        for place, (day, count) in enumerate(zip(days, by_day, strict=True))
        if count
    )
    return Chart(kind.value, str(kind.label), sum(by_day), most, bars)


def _bar(place: int, day: date, count: int, most: int) -> Bar:
    width = 100 / DAYS
    height = max(_LEAST_HEIGHT, round(HEIGHT * count / most))
    # As text: a template would write the number in the reader's language.
    return Bar(
        day=day,
        count=count,
        x=f"{width * (place + _GAP / 2):.2f}%",
        width=f"{width * (1 - _GAP):.2f}%",
        y=HEIGHT - height,
        height=height,
    )
