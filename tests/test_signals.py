import ast
import logging
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.utils import timezone

from oauth_m2m import signals
from oauth_m2m.models import AccessToken, AuditEvent, Client
from oauth_m2m.refusals import ROWS_IN_FULL
from oauth_m2m.resource_server import authenticate_request
from oauth_m2m.signals import (
    audit_recorded,
    request_refused,
    token_issued,
    token_verified,
)
from oauth_m2m.values import VerifiedToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """What both signals said, as (sender, arguments)."""
    heard: list[tuple[type, dict]] = []

    def listen(sender, signal, **arguments):
        heard.append((sender, arguments))

    token_issued.connect(listen)
    audit_recorded.connect(listen)
    yield heard
    token_issued.disconnect(listen)
    audit_recorded.disconnect(listen)


def test_token_issued_tells_who_got_what_until_when(registered, heard, get_token):
    token = get_token(registered)
    [(sender, arguments)] = heard
    assert sender is AccessToken
    assert set(arguments) == {
        *("client_id", "scopes", "expires_at", "token_format", "auth_method"),
    }
    assert arguments["token_format"] == "opaque"
    assert arguments["auth_method"] == "client_secret_post"
    assert arguments["client_id"] == registered.client_id
    assert arguments["scopes"] == ("orders:read",)
    assert arguments["expires_at"] == AccessToken.objects.get().expires_at
    assert isinstance(arguments["expires_at"], datetime)
    assert arguments["expires_at"] - timezone.now() <= timedelta(hours=1)
    assert token not in repr(arguments)
    assert registered.secret not in repr(arguments)


def test_audit_recorded_hands_over_the_event_of_a_refusal(registered, heard, post_token):
    post_token({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"})
    assert heard == [(AuditEvent, {"event": AuditEvent.objects.get(kind="token.refused")})]


def test_audit_recorded_hands_over_the_event_of_a_change(register, heard):
    register("a")
    assert [sender for sender, _ in heard] == [AuditEvent, AuditEvent]
    assert [arguments["event"].kind for _, arguments in heard] == [
        "client.created",
        "secret.created",
    ]


def test_a_refused_request_issues_no_token(registered, heard, post_token):
    post_token({"grant_type": "password", **registered.credentials})
    assert AccessToken not in [sender for sender, _ in heard]


@pytest.fixture
def listen():
    """Connect receivers for as long as a test lasts."""
    connected = []

    def listen(signal, receiver):
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))

    yield listen
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def told(listen):
    """What a signal tells from now on."""

    def told(signal):
        heard: list[tuple[type, dict]] = []

        def hear(sender, **arguments):
            del arguments["signal"]
            heard.append((sender, arguments))

        listen(signal, hear)
        return heard

    return told


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_token_verified_tells_who_came_with_what_and_how_long_it_took(
    register, get_token, http, told, token_format
):
    registered = register("orders:read", token_format=token_format)
    token = get_token(registered)
    heard = told(token_verified)
    http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})
    [(sender, arguments)] = heard
    assert sender is VerifiedToken
    assert 0 < arguments.pop("duration") < 60
    assert arguments == {
        "client_id": registered.client_id,
        "scopes": ("orders:read",),
        "token_format": token_format,
        "issuer": "",
    }


def test_token_verified_is_sent_once_for_a_request(registered, get_token, told):
    bearer = {"Authorization": f"Bearer {get_token(registered)}"}
    request = RequestFactory().get("/", headers=bearer)
    heard = told(token_verified)
    assert authenticate_request(request) == authenticate_request(request)
    assert authenticate_request(RequestFactory().get("/")) is None
    assert len(heard) == 1


def test_request_refused_tells_why_and_names_only_clients_that_exist(registered, post_token, told):
    heard = told(request_refused)
    wrong = {"grant_type": "client_credentials", "client_secret": "wrong"}
    post_token({**wrong, "client_id": registered.client_id})
    answer = post_token({**wrong, "client_id": "stranger"})
    assert [sender for sender, _ in heard] == [AuditEvent, AuditEvent]
    known, unknown = (arguments for _, arguments in heard)
    assert (known["client_id"], known["reason"]) == (registered.client_id, "malformed_secret")
    assert unknown == {
        "kind": "token.refused",
        "error": "invalid_client",
        "reason": "unknown_client",
        "client_id": "",
        "address": "127.0.0.1",
        "error_id": answer.json()["error_id"],
    }


def test_request_refused_is_sent_for_each_of_a_flood(db, post_token, told, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_ENDPOINT_RATE": {"address": ""}}
    heard = told(request_refused)
    for _ in range(ROWS_IN_FULL + 5):
        post_token({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"})
    assert len(heard) == ROWS_IN_FULL + 5
    assert AuditEvent.objects.count() == ROWS_IN_FULL + 1


def test_api_that_refuses_tells_too(registered, get_token, http, told):
    heard = told(request_refused)
    http.get("/reports/daily", headers={"Authorization": f"Bearer {get_token(registered)}"})
    [(_, arguments)] = heard
    assert (arguments["kind"], arguments["reason"]) == ("api.refused", "missing_scope")


def fail(**_arguments):
    message = "a receiver of the host"
    raise RuntimeError(message)


def test_receiver_that_raises_stops_no_token_no_call_no_refusal_and_no_change(
    register, get_token, http, post_token, listen, told, caplog
):
    for signal in (token_issued, token_verified, request_refused, audit_recorded):
        listen(signal, fail)
    heard = told(token_issued)
    caplog.set_level(logging.ERROR, "django.dispatch")
    registered = register("orders:read")
    bearer = {"Authorization": f"Bearer {get_token(registered)}"}
    assert http.get("/api/orders/", headers=bearer).status_code == 200
    assert http.get("/reports/daily", headers=bearer).status_code == 403
    assert post_token({"grant_type": "client_credentials"}).status_code == 401
    assert Client.objects.count() == 1
    assert len(heard) == 1
    failed = {record.name for record in caplog.records if "Signal.send_robust" in record.msg}
    assert failed == {"django.dispatch"}


ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
ROOT = Path(__file__).parent.parent


def sent_arguments() -> dict[str, tuple[str, list[str]]]:
    """Return what the source sends with each signal: the sender, and the arguments."""
    sent = {}
    for path in (ROOT / "oauth_m2m").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            named = node.func.value
            if isinstance(named, ast.Name) and named.id in signals.__all__:
                # Nothing of ours is sent in another way.
                if node.func.attr in {"send", "asend", "asend_robust"}:
                    pytest.fail(f"{path.name} sends {named.id} by {node.func.attr}")
                if node.func.attr == "send_robust":
                    [sender] = [k.value.id for k in node.keywords if k.arg == "sender"]
                    arguments = [k.arg for k in node.keywords if k.arg != "sender"]
                    sent[named.id] = (sender, arguments)
    return sent


def test_page_has_each_signal_with_what_is_sent():
    page = (ROOT / "docs" / "reference" / "signals.md").read_text()
    documented = {
        name: (sender, re.findall(r"`(\w+)`", arguments))
        for name, sender, arguments, _ in ROW.findall(page)
    }
    assert documented == sent_arguments()
    assert set(documented) == set(signals.__all__)


def test_docstring_names_each_signal():
    for name in signals.__all__:
        assert f"\n``{name}``\n" in (signals.__doc__ or "")
