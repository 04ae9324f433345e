"""Limits are counted exactly, on each cache, and a cache that is away limits nobody."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection

from oauth_m2m import rate_limits
from oauth_m2m.rate_limits import LimitState, count_hit, forget_outage, read_limits
from oauth_m2m.rates import Rate
from tests.connections import needs_two_connections
from tests.services import RedisServer

BUCKET = ("call", "client", "nightly")
THREE_AN_HOUR = Rate(3, 3600)
BACKENDS = "django.core.cache.backends."
DATABASE_CACHE = {"default": {"BACKEND": BACKENDS + "db.DatabaseCache", "LOCATION": "limits"}}


@pytest.fixture
def use(settings, request) -> Callable[[str], None]:
    """Count in local memory, in the database or in Redis."""

    def use(name: str) -> None:
        if name == "Redis":
            settings.CACHES = request.getfixturevalue("redis_server").caches
            caches["default"].clear()
        if name == "database":
            if connection.vendor == "mysql":
                # And of two who make a row at once it ends one's transaction: use Redis there.
                pytest.skip("MariaDB ends a test's transaction where a table is made")
            settings.CACHES = DATABASE_CACHE
            call_command("createcachetable", verbosity=0)

    return use


everywhere = pytest.mark.parametrize("name", ["local memory", "database", "Redis"])


@everywhere
@pytest.mark.django_db
def test_hits_are_counted_up_to_the_limit_and_over_it(use, name, stopped_clock):
    use(name)
    states = [count_hit(THREE_AN_HOUR, BUCKET) for _ in range(5)]
    assert [state.hits for state in states] == [1, 2, 3, 4, 5]
    assert [state.remaining for state in states] == [2, 1, 0, 0, 0]
    assert [state.is_exceeded for state in states] == [False, False, False, True, True]
    assert [state.is_first_excess for state in states] == [False, False, False, True, False]
    assert {(state.limit, state.window_seconds) for state in states} == {(3, 3600)}
    [resets_in] = {state.resets_in_seconds for state in states}
    assert 1 <= resets_in <= 3600


@everywhere
@pytest.mark.django_db
def test_reading_counts_nothing(use, name, stopped_clock):
    use(name)
    counted = count_hit(THREE_AN_HOUR, BUCKET)
    for _ in range(2):
        other = ("call", "client", "other")
        assert read_limits(THREE_AN_HOUR, [BUCKET, other]) == [
            counted,
            LimitState(3, 3600, 0, read_limits(THREE_AN_HOUR, [other])[0].resets_in_seconds),
        ]


@everywhere
@pytest.mark.django_db
def test_next_window_starts_anew(use, name, stopped_clock):
    use(name)
    state = [count_hit(THREE_AN_HOUR, BUCKET) for _ in range(4)][-1]
    stopped_clock.now += state.resets_in_seconds - 1.5
    assert count_hit(THREE_AN_HOUR, BUCKET).hits == 5
    stopped_clock.now += 1.5
    state = count_hit(THREE_AN_HOUR, BUCKET)
    assert (state.hits, state.resets_in_seconds) == (1, 3600)


@everywhere
@pytest.mark.django_db
def test_buckets_and_windows_do_not_meet(use, name, stopped_clock):
    use(name)
    for bucket in (BUCKET, ("call", "client", "other"), ("call", "clientnightly"), (*BUCKET, "x")):
        assert count_hit(THREE_AN_HOUR, bucket).hits == 1
    assert count_hit(Rate(3, 60), BUCKET).hits == 1
    # A limit that was raised goes on from where it was.
    assert count_hit(Rate(100, 3600), BUCKET).hits == 2


@pytest.mark.parametrize(
    "name",
    ["local memory", "Redis", pytest.param("database", marks=needs_two_connections)],
)
@pytest.mark.django_db(transaction=True)
def test_hits_of_many_at_the_same_moment_are_all_counted(use, name, stopped_clock):
    use(name)
    ready = Barrier(8)

    def hit(_number: int) -> list[int]:
        ready.wait()
        try:
            return [count_hit(THREE_AN_HOUR, BUCKET).hits for _ in range(10)]
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(8) as threads:
            hits = [hit for hits in threads.map(hit, range(8)) for hit in hits]
    finally:
        if name == "database":
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE limits")
    assert sorted(hits) == list(range(1, 81))


@pytest.mark.django_db
def test_row_of_the_database_cache_lives_longer_than_its_window(use):
    use("database")
    for _ in range(2):
        count_hit(Rate(3, 86_400), BUCKET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM limits")
        [(expires,)] = cursor.fetchall()
    # A day of UTC, as a moment or as text; Django's own counting up would keep it five minutes.
    assert str(expires)[:10] > str(datetime.now(UTC))[:10]


def test_key_shows_neither_client_nor_address(redis_server: RedisServer, settings):
    settings.CACHES = redis_server.caches
    caches["default"].clear()
    count_hit(THREE_AN_HOUR, ("failed attempt", "192.0.2.7", "nightly"))
    [key] = caches["default"]._cache.get_client().keys()
    assert b"192" not in key.partition(b"m2m:limit:")[2][:64]
    assert b"nightly" not in key
    assert caches["default"]._cache.get_client().ttl(key) > 0


def test_window_ends_are_spread_over_the_buckets(stopped_clock):
    buckets = [("call", "client", str(number)) for number in range(20)]
    ends = {state.resets_in_seconds for state in read_limits(THREE_AN_HOUR, buckets)}
    assert len(ends) > 10


def test_dummy_cache_limits_nobody(settings):
    settings.CACHES = {"default": {"BACKEND": BACKENDS + "dummy.DummyCache"}}
    assert [count_hit(Rate(1, 60), BUCKET).is_exceeded for _ in range(3)] == [False] * 3


@pytest.fixture
def mortal_redis(settings, redis_server):
    """A Redis that may be killed; asked for after the one that decides whether there is one."""
    server = RedisServer()
    settings.CACHES = server.caches
    yield server
    server.remove()


def lines(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_cache_away_limits_nobody_and_says_so_once(mortal_redis, caplog, stopped_clock):
    caplog.set_level(logging.INFO, "oauth_m2m")
    assert [count_hit(THREE_AN_HOUR, BUCKET).hits for _ in range(4)] == [1, 2, 3, 4]
    mortal_redis.kill()
    assert [count_hit(THREE_AN_HOUR, BUCKET).hits for _ in range(20)] == [1] * 20
    assert [state.hits for state in read_limits(THREE_AN_HOUR, [BUCKET])] == [0]
    assert lines(caplog) == ["cache away, nothing is limited: ConnectionError"]


def test_outage_is_said_once_however_long_it_lasts(mortal_redis, caplog, monkeypatch):
    monkeypatch.setattr(rate_limits, "RETRY_SECONDS", 0.0)
    mortal_redis.kill()
    for _ in range(5):
        assert count_hit(THREE_AN_HOUR, BUCKET).is_exceeded is False
    assert len(lines(caplog)) == 1


def test_process_asks_an_absent_cache_only_now_and_then(mortal_redis, stopped_clock):
    mortal_redis.kill()
    count_hit(THREE_AN_HOUR, BUCKET)
    mortal_redis.start()
    # The seconds in which it is not asked are not over.
    assert count_hit(THREE_AN_HOUR, BUCKET).hits == 1
    assert caches["default"]._cache.get_client().dbsize() == 0


def test_limits_hold_again_when_the_cache_is_back(mortal_redis, caplog, monkeypatch, stopped_clock):
    monkeypatch.setattr(rate_limits, "RETRY_SECONDS", 0.0)
    mortal_redis.kill()
    count_hit(THREE_AN_HOUR, BUCKET)
    mortal_redis.start()
    assert [count_hit(THREE_AN_HOUR, BUCKET).hits for _ in range(4)] == [1, 2, 3, 4]
    assert lines(caplog) == [
        "cache away, nothing is limited: ConnectionError",
        "cache back, limits hold again",
    ]


@pytest.mark.django_db
def test_missing_cache_table_limits_nobody_and_spoils_no_transaction(settings, caplog):
    settings.CACHES = DATABASE_CACHE
    assert [count_hit(Rate(1, 60), BUCKET).hits for _ in range(3)] == [1, 1, 1]
    assert len(lines(caplog)) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_forgotten_outage_is_looked_at_anew(mortal_redis, stopped_clock):
    mortal_redis.kill()
    count_hit(THREE_AN_HOUR, BUCKET)
    mortal_redis.start()
    forget_outage()
    count_hit(THREE_AN_HOUR, BUCKET)
    assert caches["default"]._cache.get_client().dbsize() == 1
