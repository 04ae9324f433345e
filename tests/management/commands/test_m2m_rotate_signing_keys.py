import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.keys.jwk import generate_private_key, private_pem
from oauth_m2m.keys.signing import forget_ring, signing_handle
from oauth_m2m.models import AuditEvent, SigningKey
from tests.signing_keys import DAY, make_key

COMMAND = "m2m_rotate_signing_keys"
ISSUER = "https://auth.example.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def old(db: None) -> SigningKey:
    """A key that has signed for a while."""
    return make_key(announced=-90, signs=-90)


def as_text(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"


def is_about(moment: datetime, expected: datetime) -> bool:
    return abs(moment - expected) < MINUTE


def test_first_key_signs_at_once(run, db):
    output = run(COMMAND)
    key = SigningKey.objects.get()
    assert output.lines == [
        f"Rotated the ES256 keys to {key.kid}.",
        "It signs from now on.",
        "",
        "Nothing more to do: it is published in the JWKS.",
    ]
    assert signing_handle("ES256").kid == key.kid


def test_new_key_is_announced_for_a_day_and_the_old_one_verifies_to_its_last_token(run, old):
    output = run(COMMAND)
    new = SigningKey.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert output.lines == [
        f"Rotated the ES256 keys to {new.kid}.",
        f"It signs from {as_text(new.activates_at)}, and is published until then.",
        (f"The old key {old.kid} signs until then, and verifies until {as_text(old.expires_at)}."),
        "",
        "Nothing more to do: every process changes over by itself. APIs that were given a",
        "copy of the keys by hand need the new JWKS before that time.",
    ]
    assert is_about(new.activates_at, timezone.now() + DAY)
    assert is_about(old.expires_at, new.activates_at + timedelta(hours=1))
    assert signing_handle("ES256").kid == old.kid


def test_programs_read_one_object(run, old):
    output = run(COMMAND, "--json")
    new = SigningKey.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert output.data == {
        "kid": new.kid,
        "algorithm": "ES256",
        "is_new": True,
        "signs_from": new.activates_at.isoformat(),
        "retired": [{"kid": old.kid, "verifies_until": old.expires_at.isoformat()}],
    }
    assert output.stderr == ""


def test_rotation_in_progress_is_said_and_nothing_is_done(run, old, trail):
    make_key(announced=-400, signs=-400, until=-200, verifies=-199)
    SigningKey.objects.filter(pk=old.pk).update(generation=3)
    first = run(COMMAND, "--json").data
    before = list(SigningKey.objects.values()), trail()
    output = run(COMMAND)
    old.refresh_from_db()
    signs_from = as_text(datetime.fromisoformat(first["signs_from"]))
    assert output.lines[:4] == [
        "Nothing was done: a rotation of the ES256 keys is in progress already.",
        f"Its new key is {first['kid']}.",
        f"It signs from {signs_from}, and is published until then.",
        (f"The old key {old.kid} signs until then, and verifies until {as_text(old.expires_at)}."),
    ]
    assert run(COMMAND, "--json").data == {**first, "is_new": False}
    assert (list(SigningKey.objects.values()), trail()) == before


def test_now_brings_a_rotation_in_progress_forward(run, old):
    announced = run(COMMAND, "--json").data
    output = run(COMMAND, "--now")
    assert output.lines[:2] == [
        f"Rotated the ES256 keys to {announced['kid']}.",
        "It signs from now on.",
    ]
    old.refresh_from_db()
    assert old.state == "retired"
    assert SigningKey.objects.count() == 2


def test_now_signs_with_the_new_key_at_once(run, old):
    output = run(COMMAND, "--now")
    new = SigningKey.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert output.lines == [
        f"Rotated the ES256 keys to {new.kid}.",
        "It signs from now on.",
        f"The old key {old.kid} signs no more, and verifies until {as_text(old.expires_at)}.",
        "",
        "An API that keeps a copy of the keys refuses new tokens until it fetches them",
        "again; it may keep them for 5 minutes.",
    ]
    assert signing_handle("ES256").kid == new.kid


def test_times_may_be_said_in_days_and_parts_of_days(run, old):
    run(COMMAND, "--announce-days=0.5", "--retain-days=7")
    new = SigningKey.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert is_about(new.activates_at, timezone.now() + DAY / 2)
    assert old.expires_at == new.activates_at + 7 * DAY


def test_options_may_be_python_values(run, old):
    run(COMMAND, algorithm="ES256", announce_days=0, retain_days=0)
    old.refresh_from_db()
    assert old.state == "expired"
    assert SigningKey.objects.exclude(pk=old.pk).get().state == "active"


def test_retention_below_the_life_of_a_token_is_warned_of(run, old):
    warning = [
        "Tokens may live longer than the old key verifies: the last ones that it signs",
        "are refused before they expire.",
    ]
    assert run(COMMAND, "--retain-days=0.01").lines[-2:] == warning


def test_other_algorithm_is_said_to_need_the_setting(run, old):
    output = run(COMMAND, "--algorithm=EdDSA")
    key = SigningKey.objects.get(algorithm="EdDSA")
    assert output.lines == [
        f"Rotated the EdDSA keys to {key.kid}.",
        "It may sign from now on.",
        "",
        "Tokens are signed with ES256. To use this key, set",
        'SIGNING_ALGORITHM to "EdDSA" once it signs and all APIs know it.',
    ]
    old.refresh_from_db()
    assert old.state == "active"
    assert old.retires_at is None


@override_settings(OAUTH_M2M={"ISSUER": ISSUER, "SIGNING_ALGORITHM": "EdDSA"})
def test_setting_decides_the_algorithm(run, db):
    assert run(COMMAND, "--json").data["algorithm"] == "EdDSA"


def test_rotation_is_audited_without_the_private_key(run, old, trail, caplog):
    caplog.set_level(logging.DEBUG)
    run(COMMAND)
    assert trail() == [("signing_key.rotated", "m2m_rotate_signing_keys (olga)", "", "")]
    detail = json.dumps(AuditEvent.objects.get().detail)
    for private in SigningKey.objects.values_list("private_key", flat=True):
        assert private not in caplog.text + detail


@pytest.mark.parametrize(
    "flags, message",
    [
        pytest.param(
            ["--now", "--announce-days=0"],
            "--now and --announce-days contradict each other. Leave one out.",
            id="now and later",
        ),
        pytest.param(
            ["--announce-days=-1"],
            "--announce-days must be a number of days, 0 or more and at most 36500, not -1.",
            id="announced in the past",
        ),
        pytest.param(
            ["--retain-days=long"],
            "--retain-days must be a number of days, 0 or more and at most 36500, not long.",
            id="no number",
        ),
        pytest.param(
            ["--algorithm=ES265"],
            'There is no signing algorithm "ES265". Did you mean ES256 or RS256 or PS256? The'
            " algorithms are ES256, EdDSA, RS256, PS256.",
            id="a mistyped algorithm",
        ),
        pytest.param(
            ["--algorithm=none"],
            'There is no signing algorithm "none". The algorithms are ES256, EdDSA, RS256, PS256.',
            id="no algorithm",
        ),
    ],
)
def test_bad_value_is_refused_and_nothing_is_changed(refuse, old, flags, message):
    assert refuse(COMMAND, *flags) == message


def test_keys_of_the_setting_are_not_rotated_here(refuse, old):
    pem = private_pem(generate_private_key("ES256")).decode()
    with override_settings(OAUTH_M2M={"ISSUER": ISSUER, "SIGNING_KEYS": [pem]}):
        forget_ring()
        assert refuse(COMMAND) == (
            "The keys of this server come from the setting SIGNING_KEYS, so there is none to make"
            " here. To rotate, add the new key at the end of that list; put it first when all APIs"
            " know it; take the old one out when its last token has expired. Nothing was changed."
        )


def test_program_that_rotates_twice_ends_with_0(manage):
    for is_new in (True, True, False):
        output = manage(COMMAND, "--json")
        assert (output.status, output.stderr) == (0, "")
        assert output.data["is_new"] is is_new


def test_programs_on_several_machines_rotate_once(manage):
    manage(COMMAND)
    with ThreadPoolExecutor(3) as machines:
        outputs = list(machines.map(lambda _: manage(COMMAND, "--json"), range(3)))
    assert [output.status for output in outputs] == [0, 0, 0]
    assert sorted(output.data["is_new"] for output in outputs) == [False, False, True]
    assert len({output.data["kid"] for output in outputs}) == 1
