from django.apps import apps
from django.core.checks.registry import registry
from django.core.signals import request_finished

from oauth_m2m.apps import check_rest_framework_views
from oauth_m2m.checks import check_issuer, check_settings
from oauth_m2m.usage import flush_if_due


def test_the_app_needs_no_configuration_class_in_the_host():
    config = apps.get_app_config("oauth_m2m")
    assert type(config).__name__ == "OAuthM2MConfig"
    assert config.verbose_name == "OAuth for machines"
    assert config.default_auto_field == "django.db.models.BigAutoField"


def test_checks_are_registered():
    assert check_settings in registry.registered_checks
    assert check_rest_framework_views in registry.registered_checks
    assert check_issuer in registry.deployment_checks


def test_counters_are_flushed_after_answers_and_connected_once():
    def times_connected() -> int:
        receivers, _ = request_finished._live_receivers(None)
        return receivers.count(flush_if_due)

    assert times_connected() == 1
    apps.get_app_config("oauth_m2m").ready()
    assert times_connected() == 1
