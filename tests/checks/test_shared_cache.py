import pytest
from django.core.checks import Warning  # noqa: A004 - Django's name

from oauth_m2m.checks.shared_cache import check_shared_cache

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
