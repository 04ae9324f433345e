import logging
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from oauth_m2m.models import ExpiryNotice
from oauth_m2m.operations.expiry import SOON, ending_credentials
from oauth_m2m.operations.expiry_notices import CLAIM, notify
from oauth_m2m.signals import credential_expiring
from tests.connections import needs_two_connections
from tests.endings import DAY, make_client, make_credential
from tests.mailers import send_mail_by

pytestmark = pytest.mark.django_db


class RefusingBackend(EmailBackend):
    """A mail server that takes no mail to mailboxes whose name begins with "full"."""

    def send_messages(self, messages):
        if any(message.to[0].startswith("full") for message in messages):
            message = "452 mailbox of password hunter2 is full"
            raise ConnectionRefusedError(message)
        return super().send_messages(messages)


@pytest.fixture
def refusing(settings) -> None:
    send_mail_by(settings, f"{__name__}.RefusingBackend")


@pytest.fixture
def heard():
    """What the signal said."""
    heard: list[dict] = []

    def listen(sender, signal, **arguments):
        heard.append(arguments)

    credential_expiring.connect(listen)
    yield heard
    credential_expiring.disconnect(listen)


@pytest.fixture
def secret():
    return make_credential("secret", make_client(contact_email="team@example.com"), 29.5)


def run(within: timedelta = SOON) -> list[str]:
    return [notice.result for notice in notify(ending_credentials(timezone.now() + within))]


def move_end(credential, days: float) -> None:
    """Let time pass: what comes closer is the end, of the credential and of its notices."""
    end = timezone.now() + days * DAY
    ExpiryNotice.objects.update(ends_at=end)
    type(credential).objects.filter(pk=credential.pk).update(expires_at=end)


def test_mail_goes_out_once_at_each_of_four_times(secret, heard):
    results = []
    for days in (29.5, 29, 14.5, 14, 13, 8, 7, 2, 1, 0.5):
        move_end(secret, days)
        results.append((days, run()))
    assert results == [
        (29.5, ["sent"]),
        (29, ["not_due"]),
        (14.5, ["not_due"]),
        (14, ["sent"]),
        (13, ["not_due"]),
        (8, ["not_due"]),
        (7, ["sent"]),
        (2, ["not_due"]),
        (1, ["sent"]),
        (0.5, ["not_due"]),
    ]
    assert [message.subject.rpartition("ends in ")[2] for message in mail.outbox] == [
        "30 days",
        "14 days",
        "7 days",
        "1 day",
    ]
    assert [arguments["days"] for arguments in heard] == [30, 14, 7, 1]


def test_mail_of_yesterday_is_not_sent_again(secret):
    assert run() == ["sent"]
    ExpiryNotice.objects.update(claimed_at=timezone.now() - DAY)
    assert run() == ["not_due"]
    assert len(mail.outbox) == 1


def test_who_looks_for_the_first_time_is_told_once(secret):
    move_end(secret, 5)
    assert run() == ["sent"]
    assert [notice.days for notice in ExpiryNotice.objects.all()] == [7]


def test_it_is_too_early_before_thirty_days(secret, heard):
    move_end(secret, 40)
    assert run(60 * DAY) == ["not_due"]
    assert (mail.outbox, heard) == ([], [])


def test_credential_whose_end_was_moved_is_told_of_anew(secret):
    assert run() == ["sent"]
    type(secret).objects.update(expires_at=secret.expires_at - DAY)
    assert run() == ["sent"]


def test_signal_says_what_ends_and_nothing_secret(secret, heard):
    certificate = make_credential("certificate", secret.client, 3)
    key = make_credential("key", secret.client, 4)
    run()
    assert heard == [
        {
            "credential": credential,
            "client_id": "robot",
            "key_id": key_id,
            "expires_at": row.expires_at,
            "days": days,
        }
        for credential, key_id, row, days in (
            ("client_certificate", "robot-certificate", certificate, 7),
            ("client_key", "robot-key", key, 7),
            ("client_secret", "robot-secret", secret, 30),
        )
    ]


def test_what_ends_of_one_client_is_in_one_mail(secret):
    make_credential("key", secret.client, 20)
    make_credential("key", make_client("Other", contact_email="other@example.com"), 20)
    assert run() == ["sent", "sent", "sent"]
    assert [message.to for message in mail.outbox] == [["team@example.com"], ["other@example.com"]]


def test_nobody_to_tell_is_said_and_the_signal_is_sent(heard):
    make_credential("secret", make_client(), 3)
    assert run() == ["nobody"]
    assert run() == ["not_due"]
    assert (len(mail.outbox), len(heard)) == (0, 1)


def test_mail_that_fails_stops_no_other_and_is_tried_again(refusing, settings, heard, caplog):
    caplog.set_level(logging.WARNING)
    for name, address in (("A", "full@example.com"), ("B", "b@example.com")):
        make_credential("secret", make_client(name, contact_email=address), 3)
    found = list(notify(ending_credentials(timezone.now() + SOON)))
    assert [(notice.result, notice.error) for notice in found] == [
        ("failed", "ConnectionRefusedError"),
        ("sent", ""),
    ]
    assert "no mail about client=a: ConnectionRefusedError" in caplog.text
    assert "hunter2" not in caplog.text
    assert run() == ["failed", "not_due"]
    send_mail_by(settings, "django.core.mail.backends.locmem.EmailBackend")
    assert run() == ["sent", "not_due"]
    assert [message.to for message in mail.outbox] == [["b@example.com"], ["full@example.com"]]
    # Its receivers are not the mail's: they are told once.
    assert [arguments["client_id"] for arguments in heard] == ["a", "b"]


def test_receiver_that_fails_stops_no_mail(secret, caplog):
    def fail(**_arguments):
        message = "webhook"
        raise RuntimeError(message)

    credential_expiring.connect(fail)
    try:
        assert run() == ["sent"]
    finally:
        credential_expiring.disconnect(fail)


def test_claim_of_a_run_that_was_killed_is_over_in_a_while(secret):
    end = {"secret": secret, "ends_at": secret.expires_at, "days": 30}
    notice = ExpiryNotice.objects.create(**end)
    assert run() == ["not_due"]
    ExpiryNotice.objects.update(claimed_at=timezone.now() - CLAIM - timedelta(seconds=1))
    assert run() == ["sent"]
    notice.refresh_from_db()
    assert notice.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_credential_that_was_deleted_meanwhile_is_told_of_to_nobody(secret, heard):
    endings = ending_credentials(timezone.now() + SOON)
    secret.delete()
    assert [notice.result for notice in notify(endings)] == ["not_due"]
    assert (mail.outbox, heard) == ([], [])


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_one_mail(heard):
    for number in range(8):
        client = make_client(f"Robot{number}", contact_email=f"r{number}@example.com")
        make_credential("secret", client, 3)
    endings = ending_credentials(timezone.now() + SOON)
    start = threading.Barrier(3)
    results: list[list[str]] = []

    def work() -> None:
        try:
            start.wait()
            results.append([notice.result for notice in notify(endings)])
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result for run in results for result in run) == ["not_due"] * 16 + ["sent"] * 8
    assert sorted(message.to[0] for message in mail.outbox) == [
        f"r{number}@example.com" for number in range(8)
    ]
    assert len(heard) == 8
