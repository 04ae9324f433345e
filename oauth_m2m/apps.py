"""The app's configuration: checks are registered, counters are flushed after answers."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Tags, register
from django.core.signals import request_finished
from django.utils.translation import gettext_lazy as _

__all__ = ["OAuthM2MConfig", "check_rest_framework_views"]


class OAuthM2MConfig(AppConfig):
    """OAuth 2.0 for machines."""

    name = "oauth_m2m"
    verbose_name = _("OAuth for machines")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what must run without being called."""
        from oauth_m2m.after_answers import write_what_is_due  # noqa: PLC0415 - as below
        from oauth_m2m.checks import register_checks  # noqa: PLC0415 - models are loaded only now

        register_checks()
        register(check_rest_framework_views, Tags.urls)
        request_finished.connect(write_what_is_due, dispatch_uid="oauth_m2m.after_answers")
        if apps.is_installed("drf_spectacular"):
            import oauth_m2m.contrib.spectacular  # noqa: F401, PLC0415 - it finds what was imported


def check_rest_framework_views(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_kwargs: Any,
) -> list[CheckMessage]:
    """W009 and W010: views with scopes that were forgotten, or open to every machine."""
    if not apps.is_installed("rest_framework"):
        return []
    # Only now: a process that checks nothing and serves no DRF views need not load DRF.
    from oauth_m2m.rest_framework.view_checks import check_views  # noqa: PLC0415 - as said

    return check_views()
