"""Whether somebody clears away the tokens that expired."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.db import DatabaseError, router
from django.utils import timezone

from oauth_m2m.models import AccessToken

__all__ = ["MANY", "check_cleaning"]

MANY: Final = 1_000

_LONG: Final = timedelta(days=7)


def check_cleaning(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W017: tokens that expired long ago pile up. Looks only when asked to look at databases."""
    alias = router.db_for_read(AccessToken)
    if alias not in (databases or ()):
        return []
    old = AccessToken.objects.using(alias).filter(expires_at__lt=timezone.now() - _LONG)
    try:
        # Bounded, by the index on expires_at: there may be millions.
        found = old.order_by()[:MANY].count()
    except DatabaseError:
        return []  # not migrated yet
    if found < MANY:
        return []
    return [
        Warning(
            f"{MANY:,} tokens and perhaps many more expired over a week ago and are still there.",
            hint="Let m2m_clear_expired run every night.",
            id="oauth_m2m.W017",
        )
    ]
