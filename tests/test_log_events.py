"""What is logged: each call of a logger says an event of the vocabulary, and the page has it."""

import ast
import json
import logging
import re
from io import StringIO
from pathlib import Path

import pytest
from pythonjsonlogger.json import JsonFormatter

from oauth_m2m import log_events
from oauth_m2m.log_events import AUDIT_RECORDED, CACHE_BACK, LogEvent
from oauth_m2m.models import AuditEvent
from tests.conftest import Registered

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "oauth_m2m"
PAGE = ROOT / "docs" / "reference" / "logs.md"
ROW = re.compile(r"^\| `([\w.]+)` \| (.+?) \| ([A-Z, ]+?) \|(.*?)\| .+ \|$", re.MULTILINE)
EVENTS = {name: event for name, event in vars(log_events).items() if isinstance(event, LogEvent)}
# A level that is chosen when the line is written.
CHOSEN_LEVELS = {"INFO", "WARNING", "ERROR"}


class Line:
    """A call of a logger, as the source has it."""

    def __init__(self, path: Path, logger: str, call: ast.Call) -> None:
        self.where = f"{path.relative_to(PACKAGE)}:{call.lineno}"
        self.logger = logger
        method = call.func.attr
        self.levels = CHOSEN_LEVELS if method == "log" else {method.upper()}
        extras = [keyword.value for keyword in call.keywords if keyword.arg == "extra"]
        assert len(extras) == 1, f"{self.where} has no event"
        [extra] = extras
        assert isinstance(extra, ast.Call), f"{self.where} has an extra of its own"
        self.event = EVENTS[extra.func.id]
        self.fields = {keyword.arg for keyword in extra.keywords}
        assert not extra.args


def lines() -> list[Line]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        loggers = [
            ast.literal_eval(c.args[0]) for c in calls if ast.unparse(c.func) == "logging.getLogger"
        ]
        found += [
            Line(path, loggers[0], call)
            for call in calls
            if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "logger"
        ]
    return found


def test_each_line_says_all_fields_of_its_event():
    said = lines()
    assert len(said) > 20
    for line in said:
        assert line.fields == set(line.event.fields), line.where


def test_page_and_source_have_the_same_events_loggers_levels_and_fields():
    documented = {
        name: (
            set(re.findall(r"`([\w.]+)`", loggers)),
            set(levels.split(", ")),
            tuple(re.findall(r"`(\w+)`", fields)),
        )
        for name, loggers, levels, fields in ROW.findall(PAGE.read_text())
    }
    in_source: dict[str, tuple[set[str], set[str], tuple[str, ...]]] = {}
    for line in lines():
        nothing = (set(), set(), line.event.fields)
        loggers, levels, fields = in_source.get(line.event.name, nothing)
        in_source[line.event.name] = (loggers | {line.logger}, levels | line.levels, fields)
    assert documented == in_source


def test_each_event_is_exported_and_has_a_name_of_its_own():
    assert {*EVENTS, "LogEvent"} == set(log_events.__all__)
    assert len({event.name for event in EVENTS.values()}) == len(EVENTS)
    for event in EVENTS.values():
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.name)


def test_no_field_is_one_that_logging_keeps_for_itself():
    taken = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
    for event in EVENTS.values():
        assert not taken & {"event", *event.fields}


def test_what_is_not_known_is_none():
    assert AUDIT_RECORDED(kind="client.created", client_id="", count=0) == {
        "event": "audit.recorded",
        "kind": "client.created",
        "client_id": None,
        "actor": None,
        "address": None,
        "reason": None,
        "error_id": None,
        "count": 0,
    }
    assert CACHE_BACK() == {"event": "cache.back"}


@pytest.fixture
def json_lines():
    """What a handler with python-json-logger writes of our loggers at DEBUG."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("%(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("oauth_m2m")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_json_formatter_writes_the_fields_of_a_refused_request(
    registered: Registered, post_token, json_lines
):
    wrong = {**registered.credentials, "client_secret": "wrong"}
    answer = post_token({"grant_type": "client_credentials", **wrong})
    [line] = [line for line in json_lines() if line["kind"] == "token.refused"]
    row = AuditEvent.objects.get(kind="token.refused")
    assert line.pop("message").startswith("token.refused client=")
    assert line == {
        "levelname": "INFO",
        "name": "oauth_m2m.audit",
        "event": "audit.recorded",
        "kind": "token.refused",
        "client_id": registered.client_id,
        "actor": None,
        "address": "127.0.0.1",
        "reason": row.reason,
        "error_id": answer.json()["error_id"],
        "count": 1,
    }


def test_api_that_refuses_has_the_error_id_of_its_answer(
    registered: Registered, bearer, http, json_lines
):
    answer = http.get("/reports/daily", headers=bearer(registered))
    [line] = [line for line in json_lines() if line["event"] == "token.refused"]
    assert line["reason"] == "missing_scope"
    assert line["client_id"] == registered.client_id
    assert line["error_id"] in answer.headers["WWW-Authenticate"]


def test_no_field_has_a_secret_or_a_token(
    registered: Registered, get_token, post_token, http, json_lines
):
    token = get_token(registered)
    for path in ("/api/orders/", "/reports/daily"):
        http.get(path, headers={"Authorization": f"Bearer {token}"})
    http.get("/api/orders/", headers={"Authorization": f"Bearer x{token}"})
    for client_id in (registered.secret, token):
        post_token({"grant_type": "client_credentials", "client_id": client_id})
    said = json_lines()
    assert {line["event"] for line in said} >= {"audit.recorded", "token.refused"}
    for clear in (registered.secret, token):
        assert clear[-20:] not in json.dumps(said)
