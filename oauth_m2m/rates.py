"""
How often something may happen: one grammar for clients, APIs and the token endpoint.

``10/s``, ``100/min``, ``1000/h``, ``5000/day``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = ["Rate", "endpoint_rates", "parse_rate"]

# As many digits as an integer in a header field may have (RFC 9651 section 3.3.1).
_RATE: Final = re.compile(r"([1-9][0-9]{0,14})/(s|sec|second|m|min|minute|h|hour|d|day)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_ENDPOINT_KEYS: Final = ("address", "client")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in each window of so many seconds."""

    limit: int
    window_seconds: int


@lru_cache(maxsize=1024)
def parse_rate(text: str) -> Rate:
    """Return the rate that *text* says; raises ValueError with the rest of a sentence."""
    found = _RATE.fullmatch(text)
    if found is None:
        message = "is not a rate such as 10/s, 100/min, 1000/h or 5000/day."
        raise ValueError(message)
    number, period = found.groups()
    return Rate(int(number), _SECONDS[period[0]])


def endpoint_rates(value: object) -> dict[str, Rate | None]:
    """
    Take a dict with a rate for ``address`` and ``client``; None for an empty one.

    Raises a ValueError that says what it must be, as the kinds in ``setting_types`` do.
    """
    if not isinstance(value, Mapping) or not set(value).issubset(_ENDPOINT_KEYS):
        message = "must be a dict with the keys 'address' and 'client'."
        raise ValueError(message)
    rates: dict[str, Rate | None] = {}
    for key, rate in value.items():
        try:
            rates[key] = None if rate == "" else parse_rate(str(rate))
        except ValueError:
            message = f"has an entry that is no rate such as 30/m, and not '' for none: {key!r}."
            raise ValueError(message) from None
    return rates
