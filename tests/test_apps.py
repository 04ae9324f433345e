import subprocess
import sys
from collections.abc import Callable, Iterable

from django.apps import apps
from django.core.checks.registry import registry
from django.core.signals import request_finished

from oauth_m2m.after_answers import write_what_is_due
from oauth_m2m.apps import check_rest_framework_views

SET_UP = """
import sys
from django.conf import settings
settings.configure(
    SECRET_KEY="x",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth_m2m"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
import django
django.setup()
heavy = ("cryptography", "jwt", "oauthlib", "oauth2_provider", "requests", "rest_framework")
print(*(name for name in heavy if name in sys.modules))
"""


def test_the_app_needs_no_configuration_class_in_the_host():
    config = apps.get_app_config("oauth_m2m")
    assert type(config).__name__ == "OAuthM2MConfig"
    assert config.verbose_name == "OAuth for machines"
    assert config.default_auto_field == "django.db.models.BigAutoField"


def names_of(checks: Iterable[Callable[..., object]]) -> list[str]:
    return [check.__name__ for check in checks]


def test_checks_are_registered_once():
    apps.get_app_config("oauth_m2m").ready()
    assert check_rest_framework_views in registry.registered_checks
    assert names_of(registry.registered_checks).count("check_configured_keys") == 1
    assert names_of(registry.deployment_checks).count("check_key_encryption") == 1


def test_making_django_ready_loads_nothing_that_takes_long():
    command = [sys.executable, "-c", SET_UP]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"\n"


def test_counters_are_flushed_after_answers_and_connected_once():
    def times_connected() -> int:
        receivers, _ = request_finished._live_receivers(None)
        return receivers.count(write_what_is_due)

    assert times_connected() == 1
    apps.get_app_config("oauth_m2m").ready()
    assert times_connected() == 1
