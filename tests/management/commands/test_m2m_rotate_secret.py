import logging
from datetime import timedelta

import pytest
from django.core import serializers
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.models import AuditEvent, Client, ClientSecret

COMMAND = "m2m_rotate_secret"
HOUR = timedelta(hours=1)


@pytest.fixture
def billing(register):
    return register("orders:read", client_id="billing", name="Billing")


@pytest.fixture
def works(post_token):
    """Whether a secret of the client billing gets a token now."""

    def works(secret: str) -> bool:
        fields = {"grant_type": "client_credentials", "client_id": "billing"}
        return post_token({**fields, "client_secret": secret}).status_code == 200

    return works


def as_text(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"


def test_programs_read_one_object(run, billing, works):
    output = run(COMMAND, "billing", "--overlap=1", "--expires-in=30", "--json")
    old = ClientSecret.objects.get(key_id=billing.key_id)
    new = ClientSecret.objects.exclude(pk=old.pk).get()
    assert output.data == {
        "client_id": "billing",
        "client_secret": output.data["client_secret"],
        "key_id": new.key_id,
        "secret_expires_at": new.expires_at.isoformat(),
        "old_secrets": [
            {
                "key_id": old.key_id,
                "ends_at": old.expires_at.isoformat(),
                "ends_once_unused_for_hours": None,
                "ends_at_the_latest": old.expires_at.isoformat(),
            }
        ],
        "old_secrets_end_at": old.expires_at.isoformat(),
    }
    assert works(output.data["client_secret"])
    assert works(billing.secret)
    assert timedelta(0) < timezone.now() + HOUR - old.expires_at < timedelta(minutes=1)
    assert timedelta(0) < timezone.now() + 720 * HOUR - new.expires_at < timedelta(minutes=1)
    assert output.stderr == ""


def test_people_read_the_secret_once_and_until_when_the_old_one_works(run, billing, works):
    output = run(COMMAND, "billing")
    [secret] = [line for line in output.lines if line.startswith("m2ms_")]
    old = ClientSecret.objects.get(key_id=billing.key_id)
    new = ClientSecret.objects.exclude(pk=old.pk).get()
    until = as_text(old.expires_at)
    assert output.lines == [
        'The client "Billing" (billing) has a new secret.',
        "This is the only time that it is shown; keep it in a safe place.",
        f"Key id {new.key_id}; expires: never.",
        "",
        secret,
        "",
        f"The old secret {old.key_id} works until {until}: change over before.",
    ]
    assert output.stdout.count(secret[14:]) == 1
    assert works(secret)


def test_each_old_secret_is_said_to_end_when_it_does(run, billing):
    second = run(COMMAND, "billing", "--expires-in=0.25", "--json").data["key_id"]
    printed = run(COMMAND, "billing", "--json").data
    ends = {secret["key_id"]: secret["ends_at"] for secret in printed["old_secrets"]}
    stored = dict(ClientSecret.objects.values_list("key_id", "expires_at"))
    assert ends == {key_id: stored[key_id].isoformat() for key_id in (billing.key_id, second)}
    assert stored[second] < stored[billing.key_id]
    assert printed["old_secrets_end_at"] == stored[billing.key_id].isoformat()


@pytest.mark.parametrize("flag", ["--revoke-old", "--overlap=0"])
def test_old_secret_that_stops_now_is_said_to(run, billing, works, flag):
    output = run(COMMAND, "billing", flag)
    assert output.lines[-1] == f"The old secret {billing.key_id} stopped working now."
    assert not works(billing.secret)


def test_programs_read_when_revoked_secrets_ended(run, billing):
    printed = run(COMMAND, "billing", "--revoke-old", "--json").data
    revoked_at = ClientSecret.objects.get(key_id=billing.key_id).revoked_at
    assert printed["old_secrets_end_at"] == revoked_at.isoformat()


def test_old_secret_can_work_until_it_is_unused(run, billing, works):
    output = run(COMMAND, "billing", "--until-unused=36")
    old = ClientSecret.objects.get(key_id=billing.key_id)
    assert output.lines[-1] == (
        f"The old secret {old.key_id} stops once it was unused for 36 hours:"
        f" on {as_text(old.expires_at)} if nobody uses it before."
    )
    assert (old.unused_limit, old.latest_end_at) == (36 * HOUR, None)
    assert works(billing.secret)


def test_old_secret_can_have_a_last_day_as_well(run, billing):
    output = run(COMMAND, "billing", "--until-unused=1", "--overlap=48")
    old = ClientSecret.objects.get(key_id=billing.key_id)
    assert output.lines[-1] == (
        f"The old secret {old.key_id} stops once it was unused for 1 hours: on"
        f" {as_text(old.expires_at)} if nobody uses it before, at the latest on"
        f" {as_text(old.latest_end_at)}."
    )
    assert old.latest_end_at - old.retiring_since == 48 * HOUR


def test_last_day_that_comes_first_is_what_is_said(run, billing):
    output = run(COMMAND, "billing", "--until-unused=48", "--overlap=1")
    old = ClientSecret.objects.get(key_id=billing.key_id)
    until = as_text(old.latest_end_at)
    assert output.lines[-1] == (
        f"The old secret {old.key_id} works until {until}: change over before."
    )


def test_programs_read_how_long_an_old_secret_may_be_unused(run, billing):
    printed = run(COMMAND, "billing", "--until-unused=1.5", "--overlap=2", "--json").data
    old = ClientSecret.objects.get(key_id=billing.key_id)
    assert printed["old_secrets"] == [
        {
            "key_id": old.key_id,
            "ends_at": old.expires_at.isoformat(),
            "ends_once_unused_for_hours": 1.5,
            "ends_at_the_latest": old.latest_end_at.isoformat(),
        }
    ]


def test_client_without_a_working_secret_gets_one(run, billing, works):
    ClientSecret.objects.update(revoked_at=timezone.now())
    output = run(COMMAND, "billing")
    assert output.lines[-1] == "It had no other secret that works."
    printed = run(COMMAND, "billing", "--revoke-old", "--json").data
    assert len(printed["old_secrets"]) == 1
    ClientSecret.objects.all().delete()
    printed = run(COMMAND, "billing", "--json").data
    assert (printed["old_secrets"], printed["old_secrets_end_at"]) == ([], None)
    assert works(printed["client_secret"])


def test_disabled_client_is_said_to_be_disabled(run, billing):
    Client.objects.update(is_active=False)
    assert run(COMMAND, "billing").lines[-3:] == [
        "The client is disabled and gets no tokens. To let it work again:",
        "",
        "  python manage.py m2m_enable_client billing",
    ]


@override_settings(OAUTH_M2M={"ROTATION_OVERLAP": HOUR, "SECRET_LIFETIME": 48 * HOUR})
def test_settings_decide_what_no_flag_does(run, billing):
    printed = run(COMMAND, "billing", "--json").data
    old = ClientSecret.objects.get(key_id=billing.key_id)
    new = ClientSecret.objects.get(key_id=printed["key_id"])
    assert new.expires_at - old.expires_at > 46 * HOUR
    assert old.expires_at - timezone.now() < HOUR


def test_rotation_is_audited_without_the_secret(run, billing, trail, caplog):
    caplog.set_level(logging.DEBUG)
    with override_settings(DEBUG=True):
        secret = run(COMMAND, "billing", "--json").data["client_secret"]
    assert trail()[-1] == ("secret.rotated", "m2m_rotate_secret (olga)", "billing", "")
    stored = serializers.serialize("json", [*AuditEvent.objects.all(), *ClientSecret.objects.all()])
    assert "secret.rotated" in caplog.text
    for part in (secret, secret[14:], secret[-20:]):
        assert part not in caplog.text
        assert part not in stored


@pytest.mark.parametrize(
    "words, message",
    [
        pytest.param(
            ["biling"],
            'No client has the id "biling". Did you mean billing (Billing)?'
            " m2m_list_clients shows them all.",
            id="an unknown client",
        ),
        pytest.param(
            ["billing", "--overlap=1", "--revoke-old"],
            "--overlap and --revoke-old contradict each other. Leave one out.",
            id="an overlap of nothing",
        ),
        pytest.param(
            ["billing", "--until-unused=1", "--revoke-old"],
            "--until-unused and --revoke-old contradict each other. Leave one out.",
            id="a use of nothing",
        ),
        pytest.param(
            ["billing", "--until-unused=0"],
            "--until-unused must be a number of hours, more than 0 and at most 876000, not 0.",
            id="no time at all without a use",
        ),
        pytest.param(
            ["billing", "--overlap=-1"],
            "--overlap must be a number of hours, 0 or more and at most 876000, not -1.",
            id="a negative overlap",
        ),
        pytest.param(
            ["billing", "--expires-in=0"],
            "--expires-in must be a number of days, more than 0 and at most 36500, not 0.",
            id="a secret that expires at once",
        ),
    ],
)
def test_bad_value_is_refused_and_nothing_is_changed(refuse, billing, words, message):
    assert refuse(COMMAND, *words) == message


def test_program_prints_to_stdout_and_ends_with_0(manage):
    manage("m2m_create_client", "Billing", "--client-id=billing", "--no-secret")
    output = manage(COMMAND, "billing", "--json")
    assert (output.status, output.stderr, len(output.lines)) == (0, "", 1)
    assert output.data["client_secret"].startswith("m2ms_")


def test_program_that_refuses_prints_to_stderr_and_ends_with_1(manage):
    output = manage(COMMAND, "billing", "--json")
    assert (output.status, output.stdout) == (1, "")
    assert output.stderr.startswith('CommandError: No client has the id "billing".')
