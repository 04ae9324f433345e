"""The guide to monitoring: what it tells people to write is run."""

import json
import logging
import logging.config
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from oauth_m2m.contrib.opentelemetry import measuring, next_expiry
from oauth_m2m.reasons import Reason
from tests.guides import GUIDES, blocks, command
from tests.test_log_events import EVENTS

TEXT = (GUIDES / "monitoring.md").read_text()
ROOT = Path(__file__).parent.parent


def python_block(start: str) -> str:
    [found] = [block for block in blocks("monitoring", "python") if block.startswith(start)]
    return found


def run(code: str, **names: Any) -> dict[str, Any]:
    exec(compile(code, "monitoring.md", "exec"), names)  # noqa: S102 - our own page
    return names


def test_line_of_the_settings_is_the_app():
    names = run(python_block("INSTALLED_APPS"), INSTALLED_APPS=[])
    assert names["INSTALLED_APPS"] == ["oauth_m2m.contrib.opentelemetry"]
    assert (
        'INSTALLED_APPS = [*INSTALLED_APPS, "oauth_m2m.contrib.opentelemetry"]'
        in (ROOT / "tests" / "host" / "settings_measured.py").read_text()
    )


def test_provider_of_the_guide_is_made(monkeypatch):
    providers = []
    # The global one can be set once in a process, and other tests live in this one.
    monkeypatch.setattr("opentelemetry.metrics.set_meter_provider", providers.append)
    names = run(python_block("from opentelemetry"))
    [provider] = providers
    names["reader"]._export_interval_millis = float("inf")
    provider.shutdown()


def test_table_has_the_metrics_and_attributes_that_the_source_has():
    rows = re.findall(
        r"^\| `(oauth_m2m\.[\w.]+)` \| \w+ \| `(.+?)` \| (.+) \|$", TEXT, re.MULTILINE
    )
    source = Path(measuring.__file__).read_text()
    attributes = source + Path(next_expiry.__file__).read_text()
    made = re.findall(r'create_\w+\(\s*"([\w.]+)",.*?unit="(.+?)"', source, re.DOTALL)
    assert [(name, unit) for name, unit, _ in rows] == made
    documented = {
        name for *_, said in rows for name in re.findall(r"`((?:oauth_m2m|error)\.[\w.]+)`", said)
    }
    in_source = set(re.findall(r'"((?:oauth_m2m|error)\.[\w.]+)":', attributes))
    assert documented == in_source


@pytest.fixture
def as_configured():
    """Log as the guide says, into a stream."""
    loggers = [logging.getLogger("oauth_m2m"), logging.getLogger()]
    before = [(one, one.level, one.propagate, list(one.handlers)) for one in loggers]
    logging.config.dictConfig(run(python_block("LOGGING"))["LOGGING"])
    [handler] = loggers[0].handlers
    stream = StringIO()
    handler.setStream(stream)
    yield stream
    for one, level, propagates, handlers in before:
        one.setLevel(level)
        one.propagate = propagates
        one.handlers[:] = handlers


def test_log_is_json_as_the_guide_shows(db, post_token, as_configured):
    post_token({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"})
    [line] = [json.loads(line) for line in as_configured.getvalue().splitlines()]
    [shown] = [json.loads(block) for block in blocks("monitoring", "json")]
    assert list(line) == list(shown)
    assert (line["event"], line["kind"], line["client_id"]) == (
        shown["event"],
        shown["kind"],
        "x",
    )


def test_signs_are_events_metrics_and_reasons_that_exist():
    table = TEXT[TEXT.index("## Be woken for") : TEXT.index("## Every night")]
    signs = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]
    named = {word for sign in signs for word in re.findall(r"`([\w.]+)`", sign)}
    metrics = set(re.findall(r'"(oauth_m2m\.[\w.]+)",', Path(measuring.__file__).read_text()))
    events = {event.name for event in EVENTS.values()}
    assert named <= metrics | events | {reason.value for reason in Reason}


@pytest.mark.django_db
def test_nightly_check_fails_where_something_is_to_be_done(settings):
    settings.ROOT_URLCONF = "example_project.urls"
    [nightly] = [block for block in blocks("monitoring", "sh") if "manage.py" in block]
    with pytest.raises(SystemCheckError, match=r"oauth_m2m\.W003"):
        call_command(*command(nightly), stdout=StringIO(), stderr=StringIO())


@pytest.mark.django_db
def test_list_of_clients_that_end_soon_is_a_command():
    [words] = re.findall(r"`(m2m_list_clients [^`]+)`", TEXT)
    call_command(*words.split(), stdout=StringIO())
