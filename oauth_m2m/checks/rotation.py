"""Secrets and signing keys that nobody has rotated for longer than ``ROTATION_REMINDER``."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, router
from django.db.models import Max
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import ClientSecret, SigningKey

__all__ = ["check_rotation"]

_NAMED: Final = 10


def check_rotation(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W015: old secrets. W016: an old signing key. Looks only when asked to look at databases."""
    alias = router.db_for_read(ClientSecret)
    if alias not in (databases or ()):
        return []
    try:
        return [*_old_secrets(alias), *_old_signing_keys(alias)]
    except (DatabaseError, ImproperlyConfigured):
        return []  # not migrated yet, or E002 says so already


def _old_secrets(alias: str) -> Iterable[CheckMessage]:
    age = m2m_settings.ROTATION_REMINDER
    if age is None:
        return
    # By its newest: a secret that works beside a newer one was rotated, and is on its way out.
    # One that its client proposed and never used is no rotation yet.
    newest = (
        ClientSecret.objects.using(alias)
        .active()
        .filter(client__is_active=True, awaits_use=False)
        .order_by()
        .values("client__client_id")
        .annotate(newest=Max("created_at"))
        .filter(newest__lt=timezone.now() - age)
        .order_by("newest", "client__client_id")
    )
    # One more than is named says that there are more, without counting them all.
    names = [row["client__client_id"] for row in newest[: _NAMED + 1]]
    if names:
        more = " and more" if len(names) > _NAMED else ""
        yield Warning(
            f"The newest secret of these clients is older than {age.days} days:"
            f" {', '.join(names[:_NAMED])}{more}.",
            hint="Rotate them: m2m_rotate_secret CLIENT_ID. ROTATION_REMINDER says how old is old.",
            id="oauth_m2m.W015",
        )


def _old_signing_keys(alias: str) -> Iterable[CheckMessage]:
    age = m2m_settings.ROTATION_REMINDER
    # Those in SIGNING_KEYS have no date, and while there are any the table signs nothing.
    if age is None or m2m_settings.SIGNING_KEYS:
        return
    keys = SigningKey.objects.using(alias).filter(
        retires_at=None, activates_at__lt=timezone.now() - age
    )
    for key in keys:
        yield Warning(
            f"The signing key {key.kid} ({key.algorithm}) has signed for more than"
            f" {age.days} days.",
            hint="Rotate it: m2m_rotate_signing_keys. ROTATION_REMINDER says how old is old.",
            id="oauth_m2m.W016",
        )
