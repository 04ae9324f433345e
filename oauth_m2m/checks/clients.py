"""Clients that need attention: those that a profile stops, and credentials that end soon."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's names
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, router
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client
from oauth_m2m.operations.client_readiness import strict_obstacles
from oauth_m2m.operations.expiry import SOON, ending_credentials

__all__ = ["check_expiring_credentials", "check_profile"]


def check_profile(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W005: a client that the strict profile stops. Looks only when asked to look at databases."""
    alias = router.db_for_read(Client)
    try:
        if alias not in (databases or ()) or m2m_settings.PROFILE != "fapi2":
            return []
        clients = list(Client.objects.using(alias).active())
    except (DatabaseError, ImproperlyConfigured):
        return []  # not migrated yet, or E002 says so already
    return [
        Warning(
            f"The profile fapi2 stops the client {client.name} ({client.client_id}):"
            f" {'; '.join(obstacles)}.",
            hint="Change the client first, then set PROFILE.",
            id="oauth_m2m.W005",
        )
        for client in clients
        if (obstacles := strict_obstacles(client))
    ]


def check_expiring_credentials(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W006: a secret, key or certificate ends soon. Looks only when asked to look at databases."""
    alias = router.db_for_read(Client)
    if alias not in (databases or ()):
        return []
    try:
        endings = ending_credentials(timezone.now() + SOON, using=alias)
    except DatabaseError:
        return []  # not migrated yet
    return [
        Warning(
            f"The {ending.kind} {ending.key_id} of the client {ending.client}"
            f" ({ending.client and ending.client.client_id}) ends on {ending.expires_at:%Y-%m-%d}.",
            hint="Give the client another one before that day.",
            id="oauth_m2m.W006",
        )
        for ending in endings
    ]
