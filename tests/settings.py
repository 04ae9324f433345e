"""The example project's settings, on the databases and with the neighbours of the tests."""

from example_project.settings import *  # noqa: F403
from example_project.settings import INSTALLED_APPS, MIDDLEWARE
from tests import services

DATABASES = services.databases()
# The toolkit is really installed: our tokens have to work beside it.
INSTALLED_APPS = [*INSTALLED_APPS, "oauth2_provider", "tests.host"]
MIDDLEWARE = [*MIDDLEWARE]
ROOT_URLCONF = "tests.host.urls"
SECRET_KEY = "the tests' own"
ALLOWED_HOSTS = ["*"]
# Django 6.1 warns where it is missing, and older releases do not read it.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OAUTH_M2M = {"ISSUER": "https://auth.example.com", "REQUIRE_HTTPS": False}
