"""The app's configuration: checks are registered, counters are flushed after answers."""

from django.apps import AppConfig
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
        from oauth_m2m import refusals, usage  # noqa: PLC0415 - as above
        from oauth_m2m.checks import register_checks  # noqa: PLC0415 - models are loaded only now

        register_checks()
        request_finished.connect(refusals.flush_if_due, dispatch_uid="oauth_m2m.refusals")
        request_finished.connect(usage.flush_if_due, dispatch_uid="oauth_m2m.usage")
