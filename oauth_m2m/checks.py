"""
System checks; ``docs/reference/checks.md`` explains each id.

Ids never change their meaning: a project may have silenced one.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's names
from django.core.exceptions import ImproperlyConfigured

from oauth_m2m.conf import DEFAULTS, m2m_settings, unknown_keys

__all__ = ["check_issuer", "check_settings"]


def check_settings(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """E001: a key that means nothing. E002: a value of the wrong kind."""
    try:
        unknown = unknown_keys()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="oauth_m2m.E002")]
    messages: list[CheckMessage] = [
        Error(
            f"OAUTH_M2M has the unknown key {key!r}.",
            hint=f"The keys are {', '.join(sorted(DEFAULTS))}.",
            id="oauth_m2m.E001",
        )
        for key in unknown
    ]
    for key in DEFAULTS:
        try:
            getattr(m2m_settings, key)
        except ImproperlyConfigured as error:
            messages.append(Error(str(error), id="oauth_m2m.E002"))
    return messages


def check_issuer(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W001: no issuer. W002: an issuer without https."""
    try:
        issuer = m2m_settings.ISSUER
    except ImproperlyConfigured:
        return []  # E002 says so already
    if not issuer:
        return [
            Warning(
                "OAUTH_M2M has no ISSUER.",
                hint="Set it to this server's public URL: people are then shown a full token URL.",
                id="oauth_m2m.W001",
            )
        ]
    if not issuer.startswith("https://"):
        return [
            Warning(
                "OAUTH_M2M['ISSUER'] is not an https URL.",
                hint="Secrets and tokens travel in clear text over http.",
                id="oauth_m2m.W002",
            )
        ]
    return []
