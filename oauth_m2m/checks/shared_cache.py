"""What is wrong with the cache that limits are counted in."""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's names

__all__ = ["check_shared_cache"]

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
