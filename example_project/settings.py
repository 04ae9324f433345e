"""Settings of the example project, from the environment where deployments differ."""

import contextlib
import os
from importlib.util import find_spec
from pathlib import Path

from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name: str, *, default: bool) -> bool:
    return os.environ.get(name, str(default)).lower() in {"1", "true", "yes", "on"}


def _kept_secret_key(path: Path) -> str:
    # All processes of a project need the same key, so the first one keeps it beside the
    # database for the others. Linking is atomic: nobody reads half a key.
    if not path.exists():
        mine = path.with_suffix(f".{os.getpid()}")
        mine.touch(0o600)
        mine.write_text(get_random_secret_key())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(mine)
        mine.unlink()
    return path.read_text()


DEBUG = _flag("DEBUG", default=False)
SQLITE_FILE = Path(os.environ.get("SQLITE_FILE", BASE_DIR / "db.sqlite3"))
SECRET_KEY = os.environ.get("SECRET_KEY") or _kept_secret_key(SQLITE_FILE.with_suffix(".key"))
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
REQUIRE_HTTPS = _flag("REQUIRE_HTTPS", default=not DEBUG)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth_m2m",
    "example_project",
]
# The extra "spectacular" adds the API's documentation; everything else works without it.
HAS_DOCUMENTATION = bool(find_spec("drf_spectacular") and find_spec("drf_spectacular_sidecar"))
if HAS_DOCUMENTATION:
    INSTALLED_APPS += ["drf_spectacular", "drf_spectacular_sidecar"]
    REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
    SPECTACULAR_SETTINGS = {
        "TITLE": "Orders",
        "DESCRIPTION": "An API for people and machines.",
        "VERSION": "1",
        "SERVE_INCLUDE_SCHEMA": False,
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "oauth_m2m.contrib.spectacular.describe_refusals",
        ],
        # From our own server, not from a content delivery network.
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        # A wrong client secret is answered with a Basic challenge, and the browser would ask for
        # a password itself, before Swagger UI sees the answer. Not so without credentials.
        "SWAGGER_UI_SETTINGS": """{
            deepLinking: true,
            requestInterceptor: request => requestInterceptor(
                request.url.endsWith("/oauth/token") ? {...request, credentials: "omit"} : request
            )
        }""",
    }
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

if "DATABASE_URL" in os.environ:
    import dj_database_url

    DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(SQLITE_FILE)}}
if "REDIS_URL" in os.environ:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
        }
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
TIME_ZONE = "UTC"
USE_TZ = True

OAUTH_M2M = {
    "ISSUER": os.environ.get("ISSUER", ""),
    "REQUIRE_HTTPS": REQUIRE_HTTPS,
}
