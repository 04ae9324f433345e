"""Whether callers reach us as the settings say: the issuer's form, and https."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from oauth_m2m.conf import m2m_settings

__all__ = ["check_issuer_form", "check_plain_http"]

_ENDPOINTS: Final = ("token", "introspection", "revocation", "jwks", "metadata")


def check_issuer_form(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W018: an issuer with a slash at its end, or that is the URL of an endpoint."""
    try:
        issuer = m2m_settings.ISSUER
    except ImproperlyConfigured:
        return []  # E002 says so already
    written = str(settings.OAUTH_M2M["ISSUER"]) if issuer else ""
    return [
        Warning(f"OAUTH_M2M['ISSUER'] {what}", hint=hint, id="oauth_m2m.W018")
        for what, hint in _strange_forms(issuer, written)
    ]


def check_plain_http(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W019: plain http is accepted where the issuer is an https URL."""
    try:
        is_strange = m2m_settings.ISSUER.startswith("https://") and not m2m_settings.REQUIRE_HTTPS
    except ImproperlyConfigured:
        return []  # E002 says so already
    if settings.DEBUG or not is_strange:
        return []
    return [
        Warning(
            "OAUTH_M2M['ISSUER'] is an https URL, and the endpoints accept plain http.",
            hint="Leave REQUIRE_HTTPS out; behind a proxy, set SECURE_PROXY_SSL_HEADER as Django"
            " describes it.",
            id="oauth_m2m.W019",
        )
    ]


def _strange_forms(issuer: str, written: str) -> Iterator[tuple[str, str]]:
    if written != issuer:
        yield (
            "ends in a slash, which is left out.",
            f"Tokens and metadata say {issuer}, and clients compare each character: write it so.",
        )
    path = urlsplit(issuer).path
    for name in _ENDPOINTS:
        try:
            endpoint = reverse(f"oauth_m2m:{name}")
        except NoReverseMatch:
            continue
        if path.endswith(endpoint):
            root = issuer.removesuffix(endpoint)
            yield "is the URL of an endpoint.", f"It is where the server begins, perhaps {root}."
