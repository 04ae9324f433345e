"""
System checks; ``docs/reference/checks.md`` explains each id.

Ids never change their meaning: a project may have silenced one.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's names
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, router
from django.utils import timezone

from oauth_m2m.conf import DEFAULTS, m2m_settings, unknown_keys
from oauth_m2m.keys.encryption import is_decryptable, uses_default_key
from oauth_m2m.keys.signing import read_configured_key
from oauth_m2m.models import Client, ClientKey, ClientSecret, SigningKey, TokenFormat
from oauth_m2m.operations.client_readiness import strict_obstacles

__all__ = [
    "check_configured_keys",
    "check_expiring_credentials",
    "check_issuer",
    "check_key_encryption",
    "check_profile",
    "check_proxies",
    "check_settings",
    "check_signing_keys",
]

_SOON: Final = timedelta(days=30)


def check_settings(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """E001: an unknown key. E002: a value of the wrong kind. E003: signed tokens, no issuer."""
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
    messages += [Error(sentence, id="oauth_m2m.E002") for sentence in _wrong_values()]
    if not messages and m2m_settings.TOKEN_FORMAT == TokenFormat.JWT and not m2m_settings.ISSUER:
        messages.append(
            Error(
                "TOKEN_FORMAT is 'jwt' and there is no ISSUER.",
                hint="A signed token says who issued it: set ISSUER to this server's public URL.",
                id="oauth_m2m.E003",
            )
        )
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


def check_key_encryption(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W003: private keys are encrypted under SECRET_KEY alone."""
    try:
        is_fine = bool(m2m_settings.SIGNING_KEYS) or not uses_default_key()
    except ImproperlyConfigured:
        return []  # E002 says so already
    if is_fine:
        return []
    return [
        Warning(
            "Signing keys are encrypted under a key derived from SECRET_KEY.",
            hint="Set OAUTH_M2M['KEY_ENCRYPTION_KEYS'], so that SECRET_KEY can be changed freely.",
            id="oauth_m2m.W003",
        )
    ]


def check_configured_keys(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """E004: an entry of SIGNING_KEYS is no key."""
    messages: list[CheckMessage] = []
    try:
        entries = m2m_settings.SIGNING_KEYS
    except ImproperlyConfigured:
        return messages  # E002 says so already
    for number, entry in enumerate(entries, start=1):
        try:
            read_configured_key(entry)
        except ValueError as error:
            text = f"Entry {number} of OAUTH_M2M['SIGNING_KEYS'] is left out: {error}."
            messages.append(Error(text, id="oauth_m2m.E004"))
    return messages


def check_signing_keys(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W004: a signing key cannot be decrypted. Looks only when asked to look at databases."""
    alias = router.db_for_read(SigningKey)
    if alias not in (databases or ()):
        return []
    try:
        rows = list(SigningKey.objects.using(alias).published())
        closed = [row for row in rows if not is_decryptable(row.private_key)]
    except DatabaseError:
        return []  # not migrated yet
    except ImproperlyConfigured:
        return []  # E002 says so already
    return [
        Warning(
            f"The signing key {row.kid} cannot be decrypted.",
            hint="Put the former key back into KEY_ENCRYPTION_KEYS, behind the new one.",
            id="oauth_m2m.W004",
        )
        for row in closed
    ]


def check_proxies(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W007: certificates in a header that nobody may send. W008: everybody is a proxy."""
    try:
        header = m2m_settings.CLIENT_CERTIFICATE_HEADER
        proxies = m2m_settings.TRUSTED_PROXIES
    except ImproperlyConfigured:
        return []  # E002 says so already
    messages: list[CheckMessage] = []
    if header and not proxies:
        text = "CLIENT_CERTIFICATE_HEADER is set and TRUSTED_PROXIES is empty."
        hint = "The header is believed from trusted proxies only: name yours, or leave it out."
        messages.append(Warning(text, hint=hint, id="oauth_m2m.W007"))
    messages += [
        Warning(
            f"TRUSTED_PROXIES has {network}: everybody is a trusted proxy.",
            hint="Any caller can then choose its address and its certificate. Name your proxies.",
            id="oauth_m2m.W008",
        )
        for network in proxies
        if network.prefixlen == 0
    ]
    return messages


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
        ending = list(_ending_soon(alias))
    except DatabaseError:
        return []  # not migrated yet
    return [
        Warning(
            f"The {what} of the client {client.name} ({client.client_id}) ends on {day}.",
            hint="Give the client another one before that day.",
            id="oauth_m2m.W006",
        )
        for what, client, day in ending
    ]


def _ending_soon(alias: str) -> Iterator[tuple[str, Client, str]]:
    soon = timezone.now() + _SOON
    for secret in (
        ClientSecret.objects.using(alias)
        .active()
        .filter(client__is_active=True, expires_at__lte=soon)
        .select_related("client")
    ):
        yield f"secret {secret.key_id}", secret.client, f"{secret.expires_at:%Y-%m-%d}"
    for key in (
        ClientKey.objects.using(alias)
        .active()
        .filter(client__is_active=True, expires_at__lte=soon)
        .select_related("client")
    ):
        what = "certificate" if key.certificate else "key"
        yield f"{what} {key.kid}", key.client, f"{key.expires_at:%Y-%m-%d}"


def _wrong_values() -> list[str]:
    # Some settings fall back to others; what is wrong with those is said once.
    sentences: dict[str, None] = {}
    for key in DEFAULTS:
        try:
            getattr(m2m_settings, key)
        except ImproperlyConfigured as error:
            sentences[str(error)] = None
    return list(sentences)
