"""
System checks, one module a subject; ``docs/reference/checks.md`` explains each id.

Ids never change their meaning: a project may have silenced one.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from django.core.checks import CheckMessage, Tags, register
from django.utils.module_loading import import_string

__all__ = ["register_checks"]

_CHECKS: Final = (
    "setting_names.check_setting_names",
    "configuration.check_settings",
    "signing.check_configured_keys",
    "configuration.check_proxies",
    "protected_paths.check_protected_paths",
)
_DEPLOYMENT_CHECKS: Final = (
    "configuration.check_issuer",
    "transport.check_issuer_form",
    "transport.check_plain_http",
    "signing.check_key_encryption",
    "shared_cache.check_shared_cache",
)
_DATABASE_CHECKS: Final = (
    "signing.check_signing_keys",
    "signing.check_next_signing_key",
    "clients.check_profile",
    "clients.check_expiring_credentials",
    "rotation.check_rotation",
    "cleaning.check_cleaning",
    "shared_cache.check_cache_answers",
)


def register_checks() -> None:
    """Register all of them; called once, when Django is ready."""
    for name in _CHECKS:
        register(_imported_when_run(name))
    for name in _DEPLOYMENT_CHECKS:
        register(_imported_when_run(name), deploy=True)
    for name in _DATABASE_CHECKS:
        register(_imported_when_run(name), Tags.database)


# Registered once, however often Django is made ready.
@cache
def _imported_when_run(name: str) -> Callable[..., Sequence[CheckMessage]]:
    # What the checks look at, from cryptography to the middleware, would double the time that
    # a web server takes to start, and web servers run no checks.
    def check(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
        found: Sequence[CheckMessage] = import_string(f"oauth_m2m.checks.{name}")(
            app_configs, **options
        )
        return found

    check.__name__ = name.rpartition(".")[2]
    return check
