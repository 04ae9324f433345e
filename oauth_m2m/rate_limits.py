"""
Count hits in fixed windows that all processes share, through Django's default cache.

A window is the same stretch of time for every process: its number is part of the cache key, so
nothing depends on when a key expires. Each bucket has windows of its own, so that not all
clients come back at the full hour.

A cache that is away limits nobody: the requests go on, and one line in the log says so.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from django.core.cache import BaseCache, caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router, transaction

from oauth_m2m.hashing import digest_credential
from oauth_m2m.log_events import CACHE_BACK, CACHE_UNAVAILABLE
from oauth_m2m.rates import Rate

__all__ = ["RETRY_SECONDS", "Bucket", "LimitState", "count_hit", "forget_outage", "read_limits"]

Bucket = tuple[str, ...]
T = TypeVar("T")

# How long a process does without a cache that failed: each try may cost its time-out.
RETRY_SECONDS: Final = 5.0

# Keys outlive their window: the clock of another process may be behind, and Redis makes a
# counter without an end if its key expires while it is counted up.
_KEPT_LONGER_SECONDS: Final = 60

logger = logging.getLogger("oauth_m2m.rate_limits")


@dataclass(frozen=True, slots=True)
class LimitState:
    """How a bucket stands in its present window."""

    limit: int
    window_seconds: int
    hits: int
    resets_in_seconds: int

    @property
    def remaining(self) -> int:
        """How many more hits are within the limit."""
        return max(self.limit - self.hits, 0)

    @property
    def is_exceeded(self) -> bool:
        """Whether the last hit was over the limit."""
        return self.hits > self.limit

    @property
    def is_first_excess(self) -> bool:
        """Whether the last hit was the first one over the limit; one in all processes is."""
        return self.hits == self.limit + 1


def count_hit(rate: Rate, bucket: Bucket) -> LimitState:
    """Count one hit in *bucket* and return how it stands now."""
    key, resets_in = _window(rate, bucket)
    timeout = rate.window_seconds + _KEPT_LONGER_SECONDS
    hits = _from_cache(lambda cache: _increment(cache, key, timeout), 1)
    return LimitState(rate.limit, rate.window_seconds, hits, resets_in)


def read_limits(rate: Rate, buckets: Sequence[Bucket]) -> list[LimitState]:
    """Return how *buckets* stand, in one round trip and without counting."""
    windows = [_window(rate, bucket) for bucket in buckets]
    keys = [key for key, _ in windows]
    hits: dict[str, int] = _from_cache(lambda cache: cache.get_many(keys), {})
    return [
        LimitState(rate.limit, rate.window_seconds, hits.get(key, 0), resets_in)
        for key, resets_in in windows
    ]


def _window(rate: Rate, bucket: Bucket) -> tuple[str, int]:
    # A digest: ids and addresses of clients are nobody's business who can list the keys.
    digest = digest_credential(repr(bucket))
    now = time.time() + int(digest[:8], 16)
    number, passed = divmod(now, rate.window_seconds)
    key = f"m2m:limit:{digest}:{rate.window_seconds}:{int(number)}"
    return key, max(math.ceil(rate.window_seconds - passed), 1)


def _increment(cache: BaseCache, key: str, timeout: int) -> int:
    if isinstance(cache, DatabaseCache):
        return _increment_row(cache, key, timeout)
    try:
        return cache.incr(key)
    except ValueError:  # the first of its window
        return 1 if cache.add(key, 1, timeout) else cache.incr(key)


def _increment_row(cache: DatabaseCache, key: str, timeout: int) -> int:
    # This cache counts up by reading and then writing: two at once would be one hit. An
    # UPDATE locks the row, and on SQLite the database, until the transaction ends.
    using = router.db_for_write(cache.cache_model_class)
    connection = connections[using]
    table = connection.ops.quote_name(cache.cache_model_class._meta.db_table)  # noqa: SLF001 - Django's documented name
    lock = f"UPDATE {table} SET expires = expires WHERE cache_key = %s"  # noqa: S608 - the name is quoted
    row = [cache.make_and_validate_key(key)]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(lock, row)
        if cursor.rowcount == 0:
            if cache.add(key, 1, timeout):
                return 1
            cursor.execute(lock, row)
        hits: int = cache.get(key, 0) + 1
        cache.set(key, hits, timeout)
    return hits


@dataclass
class _Outage:
    retry_at: float = 0.0
    is_known: bool = False


_outage = _Outage()


def forget_outage() -> None:
    """Take the cache for one that works, as a new process does."""
    _outage.is_known, _outage.retry_at = False, 0.0


def _from_cache(ask: Callable[[BaseCache], T], otherwise: T) -> T:
    if time.monotonic() < _outage.retry_at:
        return otherwise
    try:
        answer = ask(caches["default"])
    except Exception as error:  # noqa: BLE001 - each backend has errors of its own
        if not _outage.is_known:
            # Not the error's text: it may have the address of the cache with its password.
            name = type(error).__name__
            logger.warning(
                "cache away, nothing is limited: %s", name, extra=CACHE_UNAVAILABLE(error_type=name)
            )
        _outage.is_known, _outage.retry_at = True, time.monotonic() + RETRY_SECONDS
        return otherwise
    if _outage.is_known:
        logger.warning("cache back, limits hold again", extra=CACHE_BACK())
        forget_outage()
    return answer
