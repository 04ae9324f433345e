"""
One Django project in which all contenders live, so that they differ in nothing else.

It has no middleware: that would cost all of them the same and make every ratio look smaller.
"""

import json
import os
from importlib.util import find_spec

import dj_database_url

SECRET_KEY = "the benchmarks' own, long enough for an HMAC of any kind"
DEBUG = False
ALLOWED_HOSTS = ["*"]
HAS_KNOX = find_spec("knox") is not None
HAS_SIMPLEJWT = find_spec("rest_framework_simplejwt") is not None
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework.authtoken",
    "oauth2_provider",
    *(["knox"] if HAS_KNOX else []),
    "oauth_m2m",
    "tests.benchmarks.authlib_app",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.benchmarks.project.urls"
# A connection that stays, for everybody: to connect costs more than any token.
DATABASES = {"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": None}}
if "BENCHMARK_KEEPS_PLANS" in os.environ:
    keeps_plans = {"server_side_binding": True, "prepare_threshold": 5}
    DATABASES["default"].setdefault("OPTIONS", {}).update(keeps_plans)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LOGGING_CONFIG = None
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
OAUTH_M2M = {
    "ISSUER": "https://auth.example.com",
    "REQUIRE_HTTPS": False,
    **json.loads(os.environ.get("BENCHMARK_M2M", "{}")),
}
OAUTH2_PROVIDER = {"SCOPES": {"a": "what every contender grants"}, "DEFAULT_SCOPES": ["a"]}
if "BENCHMARK_HASHER" in os.environ:
    PASSWORD_HASHERS = [os.environ["BENCHMARK_HASHER"]]
SILENCED_SYSTEM_CHECKS = ["fields.W161"]
