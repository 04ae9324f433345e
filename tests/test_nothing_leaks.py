"""Every flow with logging at DEBUG: no clear secret or token anywhere but in its one answer."""

import base64
import json
import logging
from io import StringIO
from urllib.parse import urlencode

import oauthlib
import pytest
from django.contrib.admin.models import LogEntry
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from oauth_m2m import models, signals
from oauth_m2m.models import ClientSecret
from oauth_m2m.operations.credentials import add_secret, revoke_secret, rotate_secret
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over
from oauth_m2m.operations.tokens import revoke_client_tokens
from tests.admin.pages import SECRET
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

MODELS = [getattr(models, name) for name in models.__all__ if name != "TokenFormat"]


@pytest.fixture
def everything_logged(caplog):
    """Log all loggers at DEBUG, oauthlib in its debug mode, and each SQL statement."""
    oauthlib.set_debug(True)
    caplog.set_level(logging.DEBUG)
    with override_settings(DEBUG=True):
        yield caplog
    oauthlib.set_debug(False)


@pytest.fixture
def heard():
    """Collect what our signals say."""
    said: list[str] = []

    def listen(**arguments):
        said.append(repr(arguments))

    every = [getattr(signals, name) for name in signals.__all__]
    for signal in every:
        signal.connect(listen)
    yield said
    for signal in every:
        signal.disconnect(listen)


def stored() -> str:
    rows = [row for model in MODELS for row in model._default_manager.all()]
    rows += list(LogEntry.objects.all())
    return serializers.serialize("json", rows) + repr(rows) + " ".join(map(str, rows))


def assert_absent(clear: str, *, logs: str, said: list[str]) -> None:
    # Even a half would let a reader guess the rest.
    for part in (clear, clear[-20:], base64.b64encode(clear.encode()).decode()):
        assert part not in stored()
        assert part not in logs
        assert part not in " ".join(said)


def test_issuing_and_using_a_token_leaves_no_trace_of_secret_or_token(
    registered: Registered, post_token, http, everything_logged, heard
):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    token = post_token(fields).json()["access_token"]
    for path in ("/api/orders/", "/reports/daily"):
        http.get(path, headers={"Authorization": f"Bearer {token}"})
    for clear in (registered.secret, token):
        assert_absent(clear, logs=everything_logged.text, said=heard)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"client_id": "{secret}", "client_secret": "{id}"}, id="fields swapped"),
        pytest.param({"client_id": "{id}", "client_secret": "{secret}x"}, id="secret mistyped"),
        pytest.param({"client_id": "x{id}", "client_secret": "{secret}"}, id="id mistyped"),
        pytest.param(
            {"client_id": "{id}", "client_secret": "{secret}", "scope": "{secret}"},
            id="secret as scope",
        ),
        pytest.param(
            {"client_id": "{id}", "client_secret": "{secret}", "grant_type": "{secret}"},
            id="secret as grant type",
        ),
        pytest.param(
            {"client_id": "{id}", "client_secret": "{secret}\x00"}, id="secret with a NUL"
        ),
    ],
)
def test_refused_request_leaves_no_trace_of_the_secret(
    registered: Registered, post_token, everything_logged, heard, fields
):
    known = {"id": registered.client_id, "secret": registered.secret}
    form = {name: value.format(**known) for name, value in fields.items()}
    response = post_token({"grant_type": "client_credentials", **form})
    assert response.status_code in {400, 401}
    assert registered.secret[-20:] not in response.content.decode() + str(response.headers)
    assert_absent(registered.secret, logs=everything_logged.text, said=heard)


def test_operations_on_secrets_leave_no_trace(
    registered: Registered, actor, everything_logged, heard
):
    added = add_secret(registered.client, actor=actor)
    rotated = rotate_secret(registered.client, actor=actor)
    revoke_secret(ClientSecret.objects.get(pk=rotated.pk), actor=actor)
    revoke_client_tokens(registered.client, actor=actor)
    for new in (added, rotated):
        assert new.clear_secret not in repr(new)
        assert_absent(new.clear_secret, logs=everything_logged.text, said=heard)


def test_client_that_rotates_leaves_no_trace_of_either_secret(
    registered: Registered, post_token, http, everything_logged, heard, settings
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_ROTATION": "overlap"}
    form = "application/x-www-form-urlencoded"
    body = urlencode(registered.credentials)
    new = http.post("/oauth/rotate-secret", body, content_type=form).json()["client_secret"]
    fields = {"grant_type": "client_credentials", **registered.credentials}
    assert post_token({**fields, "client_secret": new}).status_code == 200
    for clear in (registered.secret, new):
        assert_absent(clear, logs=everything_logged.text, said=heard)


def test_hand_over_leaves_no_trace_of_link_or_secret(
    registered: Registered, actor, http, everything_logged, heard
):
    offered = offer_hand_over(registered.client, SecretTerms(), actor=actor)
    path = offered.url.removeprefix("https://auth.example.com")
    page = http.post(path).content.decode()
    (secret,) = set(SECRET.findall(page))
    for answer in (http.get(path), http.post(path)):
        assert answer.status_code == 404
        assert path[-20:] not in answer.content.decode()
    for clear in (secret, path.rpartition("/")[2]):
        assert clear not in repr(offered)
        assert_absent(clear, logs=everything_logged.text, said=heard)


def test_commands_print_the_secret_once_and_nowhere_else(
    registered: Registered, everything_logged, heard
):
    out, err = StringIO(), StringIO()
    call_command("m2m_rotate_secret", registered.client_id, "--json", stdout=out, stderr=err)
    secret = json.loads(out.getvalue())["client_secret"]
    assert out.getvalue().count(secret) == 1
    assert secret not in err.getvalue()
    assert_absent(secret, logs=everything_logged.text, said=heard)


def test_statements_carry_digests_only(registered: Registered, post_token, everything_logged):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    token = post_token(fields).json()["access_token"]
    sql = " ".join(str(query["sql"]) for query in connection.queries_log)
    assert "oauth_m2m_accesstoken" in sql
    assert token not in sql
    assert registered.secret not in sql
