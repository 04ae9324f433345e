"""
Sites of four kinds install the app, in processes of their own, with warnings as errors.

One knows nothing of django-oauth-toolkit, one runs it, one runs it with an application model
of its own, and one has a user model of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from tests.conftest import Registered

ROOT = Path(__file__).parent.parent
TOOLKITS = "oauth2_provider.contrib.rest_framework.authentication.OAuth2Authentication"
SITES = ["without_dot", "beside_dot", "swapped_dot", "custom_user"]


class Site:
    """A site's settings, and a database of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        left_out = {"DATABASE_URL", "REDIS_URL", "ISSUER", "DEBUG"}
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in left_out},
            "DJANGO_SETTINGS_MODULE": f"tests.host.settings_{name}",
            "SQLITE_FILE": str(folder / "db.sqlite3"),
            "SECRET_KEY": "a site's own",
            "ALLOWED_HOSTS": "testserver",
            "REQUIRE_HTTPS": "no",
        }

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run ``python -m`` with *arguments*; any warning or complaint fails."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        return done.stdout

    def tell(self, module: str, stdin: str = "") -> dict:
        """Run one of the host's programs and return what it tells."""
        return json.loads(self.run(f"tests.host.{module}", stdin=stdin))


@pytest.fixture(scope="module", params=SITES)
def site(request, tmp_path_factory) -> Site:
    site = Site(request.param, tmp_path_factory.mktemp(request.param))
    site.run("django", "migrate", "--verbosity=0")
    return site


def test_checks_find_nothing(site: Site):
    assert site.run("django", "check") == "System check identified no issues (0 silenced).\n"


def test_migrations_are_complete_and_applied(site: Site):
    said = site.run("django", "makemigrations", "--check", "--dry-run", "oauth_m2m")
    assert said == "No changes detected in app 'oauth_m2m'\n"
    assert "[ ]" not in site.run("django", "showmigrations", "--list")


def test_token_is_got_and_accepted(site: Site):
    told = site.tell("first_call")
    statuses = (told["token_status"], told["api_status"], told["refused_status"])
    assert statuses == (200, 200, 403)
    has_toolkit = site.name in {"beside_dot", "swapped_dot"}
    assert (TOOLKITS in told["bases"]) is has_toolkit
    assert told["toolkit_models_imported"] is has_toolkit


@pytest.mark.parametrize(
    "name, application, others",
    [
        ("beside_dot", "oauth2_provider.Application", []),
        ("swapped_dot", "swapped.MachineApplication", [["switched-off", "refused", 0]]),
    ],
)
def test_machine_of_the_toolkit_moves_with_its_secret_and_token(
    name: str, application: str, others: list, tmp_path: Path
):
    site = Site(name, tmp_path)
    site.run("django", "migrate", "--verbosity=0")
    assert site.tell("moved_machine") == {
        "application": application,
        "tokens_there": 1,
        "first": [["nightly", "new", 1], *others],
        "second": [["nightly", "known", 0], *others],
        "hash": "pbkdf2_sha256",
        "hash_after": "sha256",
        "token_statuses": [200, 200],
        "api_statuses": [401, 200],
        "new_token_status": 200,
        "wrong_status": 401,
    }


def test_process_that_only_accepts_tokens_imports_no_issuing_library(tmp_path: Path):
    site = Site("without_dot", tmp_path)
    site.run("django", "migrate", "--verbosity=0")
    told = site.tell("accepted_call", stdin=site.tell("first_call")["token"])
    assert (told["plain"], told["drf"]) == ([200, "First"], [200, "First"])
    unwanted = {"oauthlib", "oauth2_provider", "requests", "jwcrypto"}
    assert not unwanted & set(told["plain_imported"])
    # DRF itself imports requests where it is installed, for its test client.
    assert unwanted & set(told["drf_imported"]) <= {"requests"}


@pytest.mark.django_db
def test_site_that_requires_login_everywhere_still_serves_machines(
    registered: Registered, bearer, http
):
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, required]):
        assert http.get("/api/orders/", headers=bearer(registered)).status_code == 200
