"""A site that measures with OpenTelemetry."""

from example_project.settings import *  # noqa: F403 - all of them
from example_project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "oauth_m2m.contrib.opentelemetry"]
