"""A site that never heard of django-oauth-toolkit."""

from example_project.settings import *  # noqa: F403 - all of them
