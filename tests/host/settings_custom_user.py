"""A site with a user model of its own."""

from example_project.settings import *  # noqa: F403 - all of them
from example_project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.host.people"]
AUTH_USER_MODEL = "people.Person"
