"""What is wrong with the settings: wrong values, a careless issuer or proxy."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's names
from django.core.exceptions import ImproperlyConfigured

from oauth_m2m.conf import m2m_settings, unknown_keys
from oauth_m2m.models import TokenFormat
from oauth_m2m.setting_defaults import DEFAULTS

__all__ = ["check_issuer", "check_proxies", "check_settings"]

# Delivery networks publish nothing as wide: of the large ones, /12 and /29 are the widest.
_SMALLEST_PREFIX: Final = {4: 10, 6: 24}


def check_settings(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """E002: a value of the wrong kind. E003: signed tokens, no issuer."""
    try:
        unknown = unknown_keys()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="oauth_m2m.E002")]
    wrong = _wrong_values() or list(_wrong_remote_issuers())
    messages: list[CheckMessage] = [Error(text, id="oauth_m2m.E002") for text in wrong]
    # A key that is misspelt may be the one that is missed.
    is_complete = not messages and not unknown
    if is_complete and m2m_settings.TOKEN_FORMAT == TokenFormat.JWT and not m2m_settings.ISSUER:
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


def check_proxies(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W007: a certificate header that nobody may send. W008, W014: everybody may, or too many."""
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
    messages += [
        Warning(
            f"TRUSTED_PROXIES has {network}, a large part of the Internet.",
            hint="Any caller in there can choose its address and its certificate. Name your"
            " proxies, or the networks that your provider publishes.",
            id="oauth_m2m.W014",
        )
        for network in proxies
        if 0 < network.prefixlen < _SMALLEST_PREFIX[network.version] and network.is_global
    ]
    return messages


def _wrong_values() -> list[str]:
    # Some settings fall back to others; what is wrong with those is said once.
    sentences: dict[str, None] = {}
    for key in DEFAULTS:
        try:
            getattr(m2m_settings, key)
        except ImproperlyConfigured as error:
            sentences[str(error)] = None
    return list(sentences)


def _wrong_remote_issuers() -> Iterator[str]:
    # What an entry cannot know by itself: it takes other settings, or a look at a file.
    begins, own = "OAUTH_M2M['REMOTE_ISSUERS'] is wrong for", m2m_settings.TOKEN_PREFIX
    for issuer, entry in m2m_settings.REMOTE_ISSUERS.items():
        if issuer == m2m_settings.ISSUER:
            yield f"{begins} {issuer!r}: that is our own ISSUER."
        if entry.introspection is None:
            continue
        prefix, path = entry.introspection.token_prefix, entry.introspection.client_secret_file
        # Ours are looked up here and nowhere else.
        if prefix.startswith(own) or (prefix and own.startswith(prefix)):
            yield f"{begins} {issuer!r}: 'token_prefix' is that of our own tokens, {own}."
        if prefix == "" and m2m_settings.ACCEPT_IMPORTED_TOKENS:
            yield f"{begins} {issuer!r}: 'token_prefix' is '', and imported tokens have any form."
        if path and not Path(path).is_file():
            yield f"{begins} {issuer!r}: 'client_secret_file' names no file."
