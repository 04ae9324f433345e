"""
System checks, one module a subject; ``docs/reference/checks.md`` explains each id.

Ids never change their meaning: a project may have silenced one.
"""

from django.core.checks import Tags, register

from oauth_m2m.checks.cleaning import check_cleaning
from oauth_m2m.checks.clients import check_expiring_credentials, check_profile
from oauth_m2m.checks.configuration import check_issuer, check_proxies, check_settings
from oauth_m2m.checks.protected_paths import check_protected_paths
from oauth_m2m.checks.rotation import check_rotation
from oauth_m2m.checks.setting_names import check_setting_names
from oauth_m2m.checks.shared_cache import check_cache_answers, check_shared_cache
from oauth_m2m.checks.signing import (
    check_configured_keys,
    check_key_encryption,
    check_next_signing_key,
    check_signing_keys,
)
from oauth_m2m.checks.transport import check_issuer_form, check_plain_http

__all__ = ["register_checks"]


def register_checks() -> None:
    """Register all of them; called once, when Django is ready."""
    register(check_setting_names)
    register(check_settings)
    register(check_configured_keys)
    register(check_proxies)
    register(check_protected_paths)
    register(check_issuer, deploy=True)
    register(check_issuer_form, deploy=True)
    register(check_plain_http, deploy=True)
    register(check_key_encryption, deploy=True)
    register(check_shared_cache, deploy=True)
    register(check_signing_keys, Tags.database)
    register(check_next_signing_key, Tags.database)
    register(check_profile, Tags.database)
    register(check_expiring_credentials, Tags.database)
    register(check_rotation, Tags.database)
    register(check_cleaning, Tags.database)
    register(check_cache_answers, Tags.database)
