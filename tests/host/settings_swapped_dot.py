"""A site that runs django-oauth-toolkit with an application model of its own."""

from tests.host.settings_beside_dot import *  # noqa: F403 - all of them
from tests.host.settings_beside_dot import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.host.swapped"]
OAUTH2_PROVIDER_APPLICATION_MODEL = "swapped.MachineApplication"
