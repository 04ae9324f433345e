"""The guide to many servers: its settings are taken, and its commands are run."""

import re
import shlex
from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db.utils import ConnectionHandler

from oauth_m2m.conf import m2m_settings
from tests.guides import blocks, command
from tests.services import RedisServer

GUIDE = "many-servers"


@pytest.fixture
def told(monkeypatch, redis_server: RedisServer) -> dict[str, Any]:
    """Return the settings of the guide, in the environment that they expect."""
    monkeypatch.setenv("DATABASE_HOST", "db.example.com")
    monkeypatch.setenv("DATABASE_PASSWORD", "a password")
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    monkeypatch.setenv("KEY_ENCRYPTION_KEY", "a long random string that nobody guesses")
    # The browser's tests set it in this process; on a server it would be a mistake.
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    names: dict[str, Any] = {}
    exec(blocks(GUIDE, "python")[0], names)  # noqa: S102 - it is our own page
    return {name: value for name, value in names.items() if name.isupper()}


def test_database_of_the_guide_is_the_one_that_it_means(told):
    connection = ConnectionHandler(told["DATABASES"])["default"]
    parameters = connection.get_connection_params()
    assert (connection.vendor, parameters["host"]) == ("postgresql", "db.example.com")


def test_deployment_checks_have_nothing_to_say(told, settings):
    settings.CACHES = told["CACHES"]
    settings.OAUTH_M2M = told["OAUTH_M2M"]
    settings.ROOT_URLCONF = "example_project.urls"
    messages = run_checks(include_deployment_checks=True)
    assert [message for message in messages if str(message.id).startswith("oauth_m2m")] == []
    assert m2m_settings.KEY_ENCRYPTION_KEYS == ("a long random string that nobody guesses",)


@pytest.mark.django_db
def test_commands_of_the_guide_are_accepted(told, settings):
    settings.OAUTH_M2M = told["OAUTH_M2M"]
    settings.CACHES = told["CACHES"]
    [check] = blocks(GUIDE, "sh")
    [cron] = blocks(GUIDE, "text")
    lines = re.findall(r"^(?:\S+ +){5}python manage\.py (.*)$", cron, re.MULTILINE)
    assert len(lines) == 4
    for words in (command(check), *map(shlex.split, lines)):
        call_command(*words, stdout=StringIO(), stderr=StringIO())
