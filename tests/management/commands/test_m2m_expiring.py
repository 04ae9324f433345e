import json
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command

from oauth_m2m.models import ExpiryNotice
from tests.endings import make_client, make_credential
from tests.mail_server import running_mail_server
from tests.mailers import send_mail_by
from tests.management.conftest import Output
from tests.signing_keys import make_key

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def expiring(*words: str, **options) -> Output:
    """Run the command and return what it printed, and its exit status."""
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command("m2m_expiring", *words, stdout=out, stderr=err, **options)
    except SystemExit as ended:
        status = ended.code
    return Output(out.getvalue(), err.getvalue(), status)


@pytest.fixture
def robot():
    return make_client(contact_email="team@example.com")


def test_nothing_that_ends_is_no_failure(robot):
    make_credential("secret", robot, 31)
    output = expiring()
    assert (output.lines, output.status) == (["Nothing ends within 30 days."], 0)
    assert expiring("--json").data == []


def test_what_ends_is_listed_and_the_status_is_one(robot):
    secret = make_credential("secret", robot, 9.5)
    make_credential("key", robot, 20)
    key = make_key(announced=-30, signs=-30, until=5, verifies=6)
    output = expiring()
    assert output.status == 1
    heading, *rows = [line.split() for line in output.lines]
    assert heading[:4] == ["ENDS", "DAYS", "WHAT", "KEY"]
    assert [" ".join(row[3:6]) for row in rows] == [
        "5 signing key",
        "10 secret robot-secret",
        "20 key robot-key",
    ]
    assert key.kid in output.lines[1]
    assert output.lines[2].startswith(f"{secret.expires_at:%Y-%m-%d}")
    assert rows[1][-5:] == ["robot-secret", "robot", "Robot", "never", "team@example.com"]
    assert mail.outbox == []
    assert not ExpiryNotice.objects.exists()


def test_programs_get_the_same(robot):
    secret = make_credential("secret", robot, 9.5)
    make_key(announced=-30, signs=-30, until=5, verifies=6)
    signing_key, row = expiring("--json").data
    assert row == {
        "kind": "secret",
        "key_id": "robot-secret",
        "client_id": "robot",
        "client_name": "Robot",
        "expires_at": secret.expires_at.isoformat(),
        "days_left": 10,
        "last_used_at": None,
        "recipients": ["team@example.com"],
        "notice": None,
    }
    assert (signing_key["kind"], signing_key["client_id"]) == ("signing_key", None)


@pytest.mark.parametrize("within, status", [("9", 0), ("10", 1), ("0.5", 0)])
def test_people_choose_how_soon(robot, within: str, status: int):
    make_credential("secret", robot, 9.5)
    assert expiring("--within", within).status == status


def test_python_may_leave_the_default_to_us(robot):
    make_credential("secret", robot, 9.5)
    assert expiring(within=None).status == 1


@pytest.mark.parametrize("within", ["0", "-1", "soon"])
def test_days_that_are_none_are_refused(refuse, within: str):
    message = refuse("m2m_expiring", within=within)
    assert message.startswith("--within must be a number of days, more than 0")


def test_people_are_told_once(robot):
    make_credential("secret", robot, 9.5)
    make_credential("secret", make_client("Orphan"), 3)
    output = expiring("--notify")
    assert output.status == 1
    assert output.lines[-2:] == [
        "Mailed team@example.com about the secret robot-secret of robot.",
        (
            "Nobody was mailed about the secret orphan-secret of orphan: the client has no contact"
            " email, and no owner with an address."
        ),
    ]
    again = expiring("--notify", "--json")
    assert [row["notice"] for row in again.data] == ["not_due", "not_due"]
    assert len(mail.outbox) == 1


def test_signing_key_is_told_of_to_nobody():
    make_key(announced=-30, signs=-30, until=5, verifies=6)
    [row] = expiring("--notify", "--json").data
    assert row["notice"] is None
    assert mail.outbox == []


def test_mail_travels_and_what_is_refused_is_said(settings, robot):
    make_credential("secret", robot, 9.5)
    full = make_client("Full", contact_email="full@example.com")
    make_credential("secret", full, 8)
    with running_mail_server() as server:
        send_mail_by(settings, SMTP, host="127.0.0.1", port=server.port)
        output = expiring("--notify", "--json")
        assert [row["notice"] for row in output.data] == ["failed", "sent"]
        assert output.stderr.splitlines() == [
            (
                "FAILED to mail full@example.com about the secret full-secret of full"
                " (SMTPRecipientsRefused). The next run tries again."
            )
        ]
        full.contact_email = "empty@example.com"
        full.save()
        assert [row["notice"] for row in expiring("--notify", "--json").data] == ["sent", "not_due"]
    assert [message["To"] for message in server.taken] == ["team@example.com", "empty@example.com"]
    assert server.taken[0]["Subject"] == "Robot: its access ends in 10 days"
    assert "m2m_rotate_secret robot" in server.taken[0].get_content()


def test_mail_server_that_is_away_is_said(settings, robot):
    make_credential("secret", robot, 9.5)
    with running_mail_server() as server:
        pass
    send_mail_by(settings, SMTP, host="127.0.0.1", port=server.port)
    output = expiring("--notify")
    assert output.status == 1
    assert "(ConnectionRefusedError). The next run tries again." in output.stderr
    assert "Mailed" not in output.stdout


def test_name_sends_the_terminal_no_commands():
    client = make_client(contact_email="a@example.com")
    make_credential("secret", client, 3)
    client.name = "Robot\x1b[2J"
    client.save()
    assert "\x1b" not in expiring("--notify").stdout


def test_command_runs_as_a_program(manage):
    done = manage("m2m_expiring", "--json")
    assert (json.loads(done.stdout), done.stderr, done.status) == ([], "", 0)
