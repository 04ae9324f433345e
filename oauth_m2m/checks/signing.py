"""What is wrong with our own signing keys and what they are encrypted under."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's names
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, router
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.keys.encryption import is_decryptable, uses_default_key
from oauth_m2m.keys.jwk import PrivateKey, suits
from oauth_m2m.keys.signing import read_configured_key
from oauth_m2m.models import SigningKey
from oauth_m2m.operations.expiry import SOON, ending_signing_key

__all__ = [
    "check_configured_keys",
    "check_key_encryption",
    "check_next_signing_key",
    "check_signing_keys",
]


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
    """E004: an entry of SIGNING_KEYS is no key. E007: none signs with SIGNING_ALGORITHM."""
    messages: list[CheckMessage] = []
    try:
        entries, algorithm = m2m_settings.SIGNING_KEYS, m2m_settings.SIGNING_ALGORITHM
    except ImproperlyConfigured:
        return messages  # E002 says so already
    keys: list[PrivateKey] = []
    for number, entry in enumerate(entries, start=1):
        try:
            keys.append(read_configured_key(entry))
        except ValueError as error:
            text = f"Entry {number} of OAUTH_M2M['SIGNING_KEYS'] is left out: {error}."
            messages.append(Error(text, id="oauth_m2m.E004"))
    if keys and not any(suits(key, algorithm) for key in keys):
        messages.append(
            Error(
                f"OAUTH_M2M['SIGNING_KEYS'] has no key for SIGNING_ALGORITHM {algorithm!r}.",
                hint="No token can be signed: add a key, or name the algorithm of those you have.",
                id="oauth_m2m.E007",
            )
        )
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


def check_next_signing_key(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W012: the signing key ends and none follows. Looks only when asked to look at databases."""
    alias = router.db_for_read(SigningKey)
    if alias not in (databases or ()):
        return []
    try:
        ending = ending_signing_key(timezone.now() + SOON, using=alias)
    except (DatabaseError, ImproperlyConfigured):
        return []  # not migrated yet, or E002 says so already
    if ending is None:
        return []
    return [
        Warning(
            f"The signing key {ending.key_id} stops signing on {ending.expires_at:%Y-%m-%d}, and"
            " no other follows it.",
            hint="Run m2m_rotate_signing_keys, so that APIs know the next key in time.",
            id="oauth_m2m.W012",
        )
    ]
