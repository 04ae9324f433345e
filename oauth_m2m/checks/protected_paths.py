"""Whether the project is set up so that ``PROTECTED_PATHS`` does what it says."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, RemoteUserMiddleware
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.module_loading import import_string

from oauth_m2m.conf import m2m_settings
from oauth_m2m.path_rules import PathRule, rules_for
from oauth_m2m.resource_server import MachineTokenMiddleware

__all__ = ["check_protected_paths"]

_ENDPOINTS: Final = (
    "token",
    "introspection",
    "revocation",
    "jwks",
    "metadata",
    "openid_configuration",
    "protected_resource",
)


def check_protected_paths(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """E006: PROTECTED_PATHS without its middleware, in a wrong order, or over our own endpoints."""
    try:
        rules = m2m_settings.PROTECTED_PATHS
    except ImproperlyConfigured:
        return []  # E002 says so already
    if not rules:
        return []
    return [
        Error(text, hint=hint, id="oauth_m2m.E006")
        for text, hint in (*_wrong_order(rules), *_guarded_endpoints(rules))
    ]


def _wrong_order(rules: Sequence[PathRule]) -> Iterator[tuple[str, str]]:
    stack = [(path, _imported(path)) for path in settings.MIDDLEWARE]
    ours = [place for place, (_, found) in enumerate(stack) if _is(found, MachineTokenMiddleware)]
    if not ours:
        text = "PROTECTED_PATHS is set and MachineTokenMiddleware is not in MIDDLEWARE."
        hint = "Nothing is protected: add 'oauth_m2m.resource_server.MachineTokenMiddleware'."
        yield text, hint
        return
    # Each of them sets request.user by the cookie or the web server, whoever set it before.
    for path, found in stack[ours[0] + 1 :]:
        if _is(found, AuthenticationMiddleware) or _is(found, RemoteUserMiddleware):
            text = f"MachineTokenMiddleware stands before {path}, which replaces request.user."
            yield text, "Put MachineTokenMiddleware behind it."
    if any(_is(found, AuthenticationMiddleware) for _, found in stack):
        return
    for rule in rules:
        if rule.admits_people:
            path = rule.path or "/"
            text = f"PROTECTED_PATHS lets people into {path}, and nobody can be logged in."
            yield text, "Put AuthenticationMiddleware into MIDDLEWARE, or leave 'people' out."


def _guarded_endpoints(rules: Sequence[PathRule]) -> Iterator[tuple[str, str]]:
    for name in _ENDPOINTS:
        try:
            path = "/" + reverse(f"oauth_m2m:{name}").removeprefix(get_script_prefix())
        except NoReverseMatch:
            continue
        if rules_for(rules, path):
            yield (
                f"PROTECTED_PATHS guards {path}, which is called without an access token.",
                f"Add {path!r}: 'public'.",
            )


def _imported(path: str) -> Any:
    try:
        return import_string(path)
    except ImportError:
        return None  # Django says so when it starts


def _is(found: Any, kind: type) -> bool:
    return isinstance(found, type) and issubclass(found, kind)
