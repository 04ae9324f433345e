"""A site that never heard of django-oauth-toolkit, and has no documentation of its API."""

from example_project.settings import *  # noqa: F403 - all of them
from example_project.settings import INSTALLED_APPS

# drf-spectacular imports DRF, and DRF much else: the tests ask what a small site imports.
INSTALLED_APPS = [app for app in INSTALLED_APPS if not app.startswith("drf_spectacular")]
