"""Names that nobody reads: keys of ``OAUTH_M2M``, and the name of that setting itself."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's names
from django.core.exceptions import ImproperlyConfigured

from oauth_m2m.conf import unknown_keys
from oauth_m2m.setting_defaults import DEFAULTS

__all__ = ["check_setting_names"]

_NAME: Final = "OAUTH_M2M"


def check_setting_names(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """E001: an unknown key. W013: a setting whose name is nearly OAUTH_M2M."""
    messages: list[CheckMessage] = []
    try:
        unknown = unknown_keys()
    except ImproperlyConfigured:
        unknown = []  # E002 says so already
    messages += [
        Error(
            f"OAUTH_M2M has the unknown key {key!r}.",
            hint=f"{_did_you_mean(key)}The keys are {', '.join(sorted(DEFAULTS))}.",
            id="oauth_m2m.E001",
        )
        for key in unknown
    ]
    messages += [
        Warning(
            f"The setting {name} is read by nobody.",
            hint=f"All settings of oauth_m2m are keys of the dict {_NAME}.",
            id="oauth_m2m.W013",
        )
        for name in _nearly_ours(dir(settings))
    ]
    return messages


def _did_you_mean(key: str) -> str:
    nearest = difflib.get_close_matches(key.upper(), DEFAULTS, n=1)
    return f"Did you mean {nearest[0]!r}? " if nearest else ""


def _nearly_ours(names: Iterable[str]) -> list[str]:
    # django-oauth-toolkit's OAUTH2_PROVIDER is far enough from ours.
    return [
        name
        for name in names
        if name != _NAME
        and (
            (name.startswith(f"{_NAME}_") and name.removeprefix(f"{_NAME}_") in DEFAULTS)
            or difflib.SequenceMatcher(None, name, _NAME).ratio() >= 0.85
        )
    ]
