"""
Signing keys as bars on a line of time, those of one algorithm on the same line.

The line is not to scale: a key signs for months and is announced for a day, which would be
too thin to see. Each moment at which something changes is as far from the next one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from django.utils import timezone

from oauth_m2m.keys.encryption import is_decryptable
from oauth_m2m.models import SigningKey

__all__ = ["Bar", "Phase", "Timeline", "timelines_of"]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a bar: ``announced``, ``signs`` or ``verifies``, in per cent of the line."""

    name: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A key with its phases; one that verifies no more has none."""

    key: SigningKey
    phases: tuple[Phase, ...]
    is_decryptable: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The keys of one algorithm, newest first, and where on the line we are now."""

    algorithm: str
    bars: tuple[Bar, ...]
    now_x: str


def timelines_of(keys: Iterable[SigningKey]) -> list[Timeline]:
    """Lay out *keys*, which come by algorithm."""
    now = timezone.now()
    return [
        _timeline(algorithm, list(members), now)
        for algorithm, members in groupby(keys, key=lambda key: key.algorithm)
    ]


def _timeline(algorithm: str, keys: Sequence[SigningKey], now: datetime) -> Timeline:
    drawn = {key for key in keys if key.state != "expired"}
    known = {moment for key in drawn for moment in _moments(key) if moment is not None}
    moments = sorted(known | {now})
    places = {moment: 100 * place / len(moments) for place, moment in enumerate(moments)}
    bars = tuple(
        Bar(key, _phases(key, places) if key in drawn else (), is_decryptable(key.private_key))
        for key in keys
    )
    return Timeline(algorithm, bars, _per_cent(places[now]))


def _moments(key: SigningKey) -> tuple[datetime | None, ...]:
    return (key.announced_at, key.activates_at, key.retires_at, key.expires_at)


def _phases(key: SigningKey, places: dict[datetime, float]) -> tuple[Phase, ...]:
    # What has no end yet goes on to the end of the line.
    edges = [100.0 if moment is None else places[moment] for moment in _moments(key)]
    return tuple(
        Phase(name, _per_cent(start), _per_cent(end - start))
        for name, (start, end) in zip(
            ("announced", "signs", "verifies"), pairwise(edges), strict=True
        )
        if end > start
    )


def _per_cent(number: float) -> str:
    # As text: a template would write the number in the reader's language.
    return f"{number:.2f}%"
