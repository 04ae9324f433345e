"""A site that runs django-oauth-toolkit and adds us."""

from example_project.settings import *  # noqa: F403 - all of them
from example_project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "oauth2_provider"]
