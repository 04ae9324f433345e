import pytest
from django.core.checks import Warning, run_checks  # noqa: A004 - Django's name

from oauth_m2m.checks.shared_cache import check_cache_answers, check_shared_cache

BACKENDS = "django.core.cache.backends."
HINT = "Use Redis, Memcached or the database cache when there is more than one worker."


@pytest.mark.parametrize(
    "backend, what_it_does",
    [
        ("locmem.LocMemCache", "is local memory, so each process counts limits alone"),
        ("dummy.DummyCache", "keeps nothing, so nothing is limited"),
        (
            "filebased.FileBasedCache",
            "cannot count for two processes at once, so limits let more through",
        ),
    ],
)
def test_w011_says_what_the_cache_cannot_do(settings, tmp_path, backend, what_it_does):
    settings.CACHES = {"default": {"BACKEND": BACKENDS + backend, "LOCATION": str(tmp_path)}}
    assert check_shared_cache(None) == [
        Warning(f"The default cache {what_it_does}.", hint=HINT, id="oauth_m2m.W011")
    ]


@pytest.mark.parametrize("backend", ["redis.RedisCache", "db.DatabaseCache"])
def test_shared_cache_is_silent(settings, backend):
    settings.CACHES = {"default": {"BACKEND": BACKENDS + backend, "LOCATION": "unix:///none"}}
    assert check_shared_cache(None) == []


W020 = Warning(
    "The default cache does not answer: ConnectionError.",
    hint="While it is away nothing is limited. Is its address right, and its table made by"
    " createcachetable?",
    id="oauth_m2m.W020",
)
NOBODY = "unix:///nowhere/redis.sock?password=s3cret"


@pytest.mark.parametrize(
    "databases, expected",
    [(["default"], [W020]), ([], []), (None, [])],
    ids=["asked", "no database", "unsaid"],
)
def test_w020_when_the_cache_is_away_and_databases_are_asked_too(settings, databases, expected):
    settings.CACHES = {"default": {"BACKEND": f"{BACKENDS}redis.RedisCache", "LOCATION": NOBODY}}
    assert check_cache_answers(None, databases=databases) == expected


def test_cache_that_answers_is_silent(redis_server, settings):
    settings.CACHES = redis_server.caches
    assert check_cache_answers(None, databases=["default"]) == []


def test_w020_is_registered_and_can_be_silenced(db, settings):
    settings.ROOT_URLCONF = "example_project.urls"
    settings.SILENCED_SYSTEM_CHECKS = ["oauth_m2m.W020"]
    settings.CACHES = {"default": {"BACKEND": f"{BACKENDS}redis.RedisCache", "LOCATION": NOBODY}}
    found = [message for message in run_checks(databases=["default"]) if message == W020]
    assert [message.is_silenced() for message in found] == [True]
