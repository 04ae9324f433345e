"""The guide to limits: what it tells people to write is run."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

from oauth_m2m.client_auth.attempts import forget_attempts
from oauth_m2m.conf import m2m_settings
from oauth_m2m.rates import Rate
from tests.error_ids import body_of
from tests.services import RedisServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "rate-limits.md"


def block(start: str, language: str = "python") -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    [found] = [block for block in blocks if block.startswith(start)]
    return found


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, GUIDE, "exec"), names)  # noqa: S102 - our own page
    return names


@pytest.fixture
def call(settings, register, bearer):
    """Call the view of the guide with the rates of the guide, as one client."""
    headers = bearer(register("orders:read"))
    settings.REST_FRAMEWORK = run(block("REST_FRAMEWORK"))["REST_FRAMEWORK"]
    view = run(block("from rest_framework"))["ExportView"].as_view()
    return lambda: view(RequestFactory().get("/", headers=headers))


def test_view_of_the_guide_says_and_holds_its_limits(call):
    first, second, third = call(), call(), call()
    assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
    shown = dict(line.split(": ", 1) for line in block("RateLimit-Policy", "http").splitlines())
    assert first["RateLimit-Policy"] == shown["RateLimit-Policy"]
    forget_when = re.compile(r";t=\d+")
    assert forget_when.sub("", first["RateLimit"]) == forget_when.sub("", shown["RateLimit"])
    assert int(third["Retry-After"]) >= 1


def test_caches_of_the_guide_count_in_redis(call, settings, redis_server: RedisServer):
    caches = run(block("CACHES"))["CACHES"]
    caches["default"]["LOCATION"] = redis_server.url
    settings.CACHES = caches
    import_module("django.core.cache").cache.clear()
    assert [call().status_code for _ in range(3)] == [200, 200, 429]


def test_rates_of_the_token_endpoint_are_taken(settings):
    settings.OAUTH_M2M = run(block('OAUTH_M2M = {\n    "TOKEN_ENDPOINT_RATE"'))["OAUTH_M2M"]
    assert {"address": Rate(30, 60), "client": Rate(60, 3600)} == m2m_settings.TOKEN_ENDPOINT_RATE


def test_body_is_the_one_that_the_guide_shows(settings, registered, post_token):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_ENDPOINT_RATE": {"client": "1/h"}}
    forget_attempts()
    fields = {"grant_type": "client_credentials", **registered.credentials}
    refused = [post_token(fields) for _ in range(2)][-1]
    shown = json.loads(block("{", "json"))
    assert shown.pop("error_id") == "..."
    assert body_of(refused) == shown


def test_monitor_mode_of_the_guide_refuses_nothing(call, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **run(block('OAUTH_M2M = {"RATE'))["OAUTH_M2M"]}
    answers = [call() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert not any("RateLimit" in answer.headers for answer in answers)
