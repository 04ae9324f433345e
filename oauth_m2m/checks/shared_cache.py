"""What is wrong with the cache that limits are counted in."""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's names

__all__ = ["check_cache_answers", "check_shared_cache"]

_WHAT_IT_DOES: Final = {
    DummyCache: "keeps nothing, so nothing is limited",
    FileBasedCache: "cannot count for two processes at once, so limits let more through",
    LocMemCache: "is local memory, so each process counts limits alone",
}


def check_shared_cache(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W011: the default cache cannot count for several processes."""
    cache = caches["default"]
    return [
        Warning(
            f"The default cache {what_it_does}.",
            hint="Use Redis, Memcached or the database cache when there is more than one worker.",
            id="oauth_m2m.W011",
        )
        for kind, what_it_does in _WHAT_IT_DOES.items()
        if isinstance(cache, kind)
    ]


def check_cache_answers(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W020: the default cache does not answer. Asks only when databases are looked at too."""
    if not databases:
        return []
    try:
        caches["default"].get("m2m:check")
    except Exception as error:  # noqa: BLE001 - each backend has errors of its own
        # Not the error's text: it may have the address of the cache with its password.
        return [
            Warning(
                f"The default cache does not answer: {type(error).__name__}.",
                hint="While it is away nothing is limited. Is its address right, and its table made"
                " by createcachetable?",
                id="oauth_m2m.W020",
            )
        ]
    return []
