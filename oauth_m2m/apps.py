"""The app's configuration: checks are registered, counters are flushed after answers."""

from django.apps import AppConfig
from django.core import checks
from django.core.signals import request_finished
from django.utils.translation import gettext_lazy as _

__all__ = ["OAuthM2MConfig"]


class OAuthM2MConfig(AppConfig):
    """OAuth 2.0 for machines."""

    name = "oauth_m2m"
    verbose_name = _("OAuth for machines")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what must run without being called."""
        from oauth_m2m.checks import (  # noqa: PLC0415 - models are loaded only now
            check_configured_keys,
            check_expiring_credentials,
            check_issuer,
            check_key_encryption,
            check_profile,
            check_proxies,
            check_settings,
            check_signing_keys,
        )
        from oauth_m2m.usage import flush_if_due  # noqa: PLC0415 - as above

        checks.register(check_settings)
        checks.register(check_configured_keys)
        checks.register(check_issuer, deploy=True)
        checks.register(check_key_encryption, deploy=True)
        checks.register(check_signing_keys, checks.Tags.database)
        checks.register(check_proxies)
        checks.register(check_profile, checks.Tags.database)
        checks.register(check_expiring_credentials, checks.Tags.database)
        request_finished.connect(flush_if_due, dispatch_uid="oauth_m2m.usage")
