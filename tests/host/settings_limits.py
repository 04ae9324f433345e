"""The example project with small limits; they are counted in Redis, or else in the database."""

import os

from example_project.settings import *  # noqa: F403 - all of them
from example_project.settings import OAUTH_M2M

OAUTH_M2M = {
    **OAUTH_M2M,
    "TOKEN_ENDPOINT_RATE": {"address": "5/d", "client": "12/d"},
    "TRUSTED_PROXIES": ["127.0.0.0/8"],
}
if "REDIS_URL" not in os.environ:
    backend = "django.core.cache.backends.db.DatabaseCache"
    CACHES = {"default": {"BACKEND": backend, "LOCATION": "limits"}}
