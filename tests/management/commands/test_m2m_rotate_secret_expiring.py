"""``m2m_rotate_secret --expiring-within``: all clients whose last secret ends soon."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.utils import timezone

from oauth_m2m.models import AuditEvent, Client, ClientSecret
from oauth_m2m.operations.credentials import add_secret, rotate_secret
from oauth_m2m.signals import audit_recorded
from tests.connections import needs_postgresql, wait_until_somebody_waits_for_a_lock
from tests.management.conftest import Terminal

COMMAND = "m2m_rotate_secret"
WITHIN = "--expiring-within=30"
DAY = timedelta(days=1)


@pytest.fixture
def due(register):
    """Three clients whose secrets end in a week, by their ids, and one that lives for ever."""
    clients = {name: register("a", client_id=name, name=name.title()) for name in "abc"}
    ClientSecret.objects.update(expires_at=timezone.now() + 7 * DAY)
    register("a", client_id="d", name="D")
    return clients


@pytest.fixture
def fails_for():
    """Let a listener of the host fail for a client: ``fails_for("b")``."""
    listeners = []

    def fails_for(client_id: str) -> None:
        def listen(instance: ClientSecret, **_signal: object) -> None:
            if instance.client.client_id == client_id:
                message = "the mail server is away\nwith details"
                raise OSError(message)

        listeners.append(listen)
        post_save.connect(listen, sender=ClientSecret)

    yield fails_for
    for listener in listeners:
        post_save.disconnect(listener, sender=ClientSecret)


def test_programs_read_an_object_a_line(run, due, post_token):
    output = run(COMMAND, WITHIN, "--json")
    printed = [json.loads(line) for line in output.lines]
    assert [one["client_id"] for one in printed] == ["a", "b", "c"]
    assert output.stderr == ""
    for one in printed:
        fields = {key: one[key] for key in ("client_id", "client_secret")}
        for secret in (one["client_secret"], due[one["client_id"]].secret):
            sent = {"grant_type": "client_credentials", **fields, "client_secret": secret}
            assert post_token(sent).status_code == 200
    assert ClientSecret.objects.filter(client__client_id="d").count() == 1


def test_people_read_each_secret_once(run, due):
    output = run(COMMAND, WITHIN, "--overlap=1")
    secrets = [line for line in output.lines if line.startswith("m2ms_")]
    assert len(set(secrets)) == 3
    assert [line for line in output.lines if "has a new secret" in line] == [
        f'The client "{name}" ({name.lower()}) has a new secret.' for name in "ABC"
    ]


def test_second_run_has_nothing_to_do(run, due):
    run(COMMAND, WITHIN)
    output = run(COMMAND, WITHIN)
    assert output.lines == ["No client has to be rotated: no last secret ends within that time."]
    assert run(COMMAND, WITHIN, "--json").stdout == ""
    assert ClientSecret.objects.count() == 7


def test_flags_hold_for_each(run, due):
    run(COMMAND, WITHIN, "--until-unused=24", "--expires-in=90")
    old = ClientSecret.objects.exclude(retiring_since=None)
    assert {secret.unused_limit for secret in old} == {DAY}
    new = ClientSecret.objects.filter(retiring_since=None).exclude(client__client_id="d")
    assert all(secret.expires_at - secret.created_at == 90 * DAY for secret in new)
    assert new.count() == old.count() == 3


def test_one_that_fails_is_said_and_the_others_go_on(run, due, fails_for):
    fails_for("b")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(COMMAND, WITHIN, "--json", stdout=out, stderr=err)
    assert str(caught.value) == "1 of 3 clients were not rotated; run it again."
    assert err.getvalue() == 'Not rotated: the client "B" (b): OSError: the mail server is away\n'
    printed = [json.loads(line)["client_id"] for line in out.getvalue().splitlines()]
    assert printed == ["a", "c"]
    # Nothing half done.
    assert ClientSecret.objects.get(client__client_id="b").retiring_since is None


def test_one_that_another_rotated_meanwhile_is_left_alone(run, due, actor):
    def listen(event: AuditEvent, **_signal: object) -> None:
        if event.kind == "secret.rotated" and event.client_identifier == "a":
            rotate_secret(Client.objects.get(client_id="b"), actor=actor)

    audit_recorded.connect(listen)
    try:
        output = run(COMMAND, WITHIN, "--json")
    finally:
        audit_recorded.disconnect(listen)
    assert [json.loads(line)["client_id"] for line in output.lines] == ["a", "c"]
    assert ClientSecret.objects.filter(client__client_id="b").count() == 2


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_one_that_another_changes_at_the_same_moment_is_said(register, actor):
    client = register("a", client_id="a", name="A").client
    ClientSecret.objects.update(expires_at=timezone.now() + DAY)
    out, err = StringIO(), StringIO()

    def rotate_all() -> None:
        call_command(COMMAND, WITHIN, "--json", stdout=out, stderr=err)
        connection.close()

    thread = threading.Thread(target=rotate_all)
    with transaction.atomic():
        add_secret(client, actor=actor)
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join()
    assert out.getvalue() == ""
    assert err.getvalue() == (
        'Not rotated: the client "A" (a): somebody else changed its secrets just now\n'
    )
    assert client.secrets.count() == 2


def test_nothing_more_is_made_where_secrets_cannot_be_printed(due):
    class Full(StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        call_command(COMMAND, WITHIN, stdout=Full(), stderr=StringIO())
    assert ClientSecret.objects.count() == 5


def test_progress_is_shown_beside_a_file_and_not_between_secrets(run, due):
    assert "3 of 3" in run(COMMAND, WITHIN, "--json", terminal=True).stderr
    ClientSecret.objects.update(retiring_since=None, expires_at=timezone.now() + DAY)
    err = Terminal()
    call_command(COMMAND, WITHIN, stdout=Terminal(), stderr=err)
    assert err.getvalue() == ""


@pytest.mark.parametrize(
    "words, message",
    [
        (
            [WITHIN, "--expires-in=30"],
            (
                "The new secrets would end within that time too, and the next run would rotate"
                " them again. Give fewer days, or more in --expires-in."
            ),
        ),
        (
            ["--expiring-within=0"],
            "--expiring-within must be a number of days, more than 0 and at most 36500, not 0.",
        ),
        ([WITHIN, "a"], "Error: argument CLIENT_ID: not allowed with argument --expiring-within"),
        ([], "Error: one of the arguments CLIENT_ID --expiring-within is required"),
        (
            [WITHIN, "--hand-over"],
            "--hand-over is for one client: name it instead of --expiring-within.",
        ),
    ],
    ids=["new secrets that end too soon", "no time", "a client as well", "neither", "a link"],
)
def test_bad_words_are_refused_and_nothing_is_changed(refuse, due, words, message):
    assert refuse(COMMAND, *words) == message


def test_setting_may_make_secrets_that_end_too_soon(refuse, due, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SECRET_LIFETIME": 30 * DAY}
    assert refuse(COMMAND, WITHIN).startswith("The new secrets would end within that time too")
