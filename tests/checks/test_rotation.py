"""What ``manage.py check --database default`` says of what is old: W015, W016."""

from datetime import timedelta

import pytest
from django.core.checks import Warning, run_checks  # noqa: A004 - Django's name
from django.db import connection
from django.utils import timezone

from oauth_m2m.checks.rotation import check_rotation
from oauth_m2m.keys.jwk import private_pem
from oauth_m2m.keys.signing import create_key
from oauth_m2m.models import Client, ClientSecret, SigningKey
from oauth_m2m.operations.credentials import add_secret
from tests.jose import private_key

DAY = timedelta(days=1)
ASKED = ["default"]


def w015(names: str, days: int = 365) -> Warning:
    return Warning(
        f"The newest secret of these clients is older than {days} days: {names}.",
        hint="Rotate them: m2m_rotate_secret CLIENT_ID. ROTATION_REMINDER says how old is old.",
        id="oauth_m2m.W015",
    )


def age(registered, days: int) -> None:
    rows = ClientSecret.objects.filter(client=registered.client)
    rows.update(created_at=timezone.now() - days * DAY)


@pytest.fixture
def remind(settings):
    def remind(after: timedelta | None) -> None:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ROTATION_REMINDER": after}

    return remind


def test_w015_names_clients_with_old_secrets_the_oldest_first(register, remind):
    for name, days in (("a", 366), ("b", 400), ("c", 364)):
        age(register(client_id=name), days)
    assert check_rotation(None, databases=ASKED) == [w015("b, a")]
    remind(390 * DAY)
    assert check_rotation(None, databases=ASKED) == [w015("b", 390)]
    remind(None)
    assert check_rotation(None, databases=ASKED) == []


def test_w015_names_ten_and_says_that_there_are_more(register):
    for number in range(11):
        age(register(client_id=f"c{number}"), 500 - number)
    named = ", ".join(f"c{number}" for number in range(10))
    assert check_rotation(None, databases=ASKED) == [w015(f"{named} and more")]


def test_secret_that_was_rotated_is_fine_while_the_old_one_still_works(register, actor):
    registered = register()
    age(registered, 400)
    add_secret(registered.client, actor=actor)
    assert check_rotation(None, databases=ASKED) == []


def test_proposal_that_was_never_used_makes_no_secret_younger(register, actor):
    registered = register(client_id="a")
    age(registered, 400)
    add_secret(registered.client, actor=actor)
    assert check_rotation(None, databases=ASKED) == []
    ClientSecret.objects.exclude(key_id=registered.key_id).update(awaits_use=True)
    assert check_rotation(None, databases=ASKED) == [w015("a")]


@pytest.mark.parametrize(
    "fields",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}],
    ids=["revoked", "expired"],
)
def test_secret_that_does_not_work_is_not_old(register, fields):
    age(register(), 400)
    ClientSecret.objects.update(**fields)
    assert check_rotation(None, databases=ASKED) == []


def test_disabled_client_is_not_reminded_of(register):
    age(register(), 400)
    Client.objects.update(is_active=False)
    assert check_rotation(None, databases=ASKED) == []


def test_w016_names_the_key_that_has_signed_for_long(db, remind, settings):
    key = create_key("ES256", 1, timezone.now() - 366 * DAY)
    create_key("EdDSA", 1, timezone.now() - 364 * DAY)
    w016 = Warning(
        f"The signing key {key.kid} (ES256) has signed for more than 365 days.",
        hint="Rotate it: m2m_rotate_signing_keys. ROTATION_REMINDER says how old is old.",
        id="oauth_m2m.W016",
    )
    assert check_rotation(None, databases=ASKED) == [w016]
    remind(None)
    assert check_rotation(None, databases=ASKED) == []
    remind(365 * DAY)
    pem = private_pem(private_key("ES256")).decode()
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_KEYS": [pem]}
    assert check_rotation(None, databases=ASKED) == []


def test_key_that_retires_was_rotated(db):
    create_key("ES256", 1, timezone.now() - 400 * DAY)
    now = timezone.now()
    SigningKey.objects.update(retires_at=now, expires_at=now + DAY)
    assert check_rotation(None, databases=ASKED) == []


@pytest.mark.parametrize("databases", [None, [], ["other"]], ids=["unsaid", "none", "another"])
def test_tables_are_looked_at_only_when_databases_are_checked(register, databases):
    age(register(), 400)
    assert check_rotation(None, databases=databases) == []


def test_wrong_value_is_said_by_another_check(register, remind):
    age(register(), 400)
    remind(0)
    assert check_rotation(None, databases=ASKED) == []


def test_table_that_does_not_exist_yet_is_no_problem(transactional_db):
    with connection.schema_editor() as editor:
        editor.delete_model(SigningKey)
    try:
        assert check_rotation(None, databases=ASKED) == []
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(SigningKey)


def test_both_are_registered_and_can_be_silenced(register, settings):
    settings.ROOT_URLCONF = "example_project.urls"
    settings.SILENCED_SYSTEM_CHECKS = ["oauth_m2m.W015"]
    age(register(), 400)
    create_key("ES256", 1, timezone.now() - 366 * DAY)
    found = {m.id: m.is_silenced() for m in run_checks(databases=ASKED)}
    # Django says of MariaDB that it has no partial indexes: W036 and W037.
    found = {name: silenced for name, silenced in found.items() if name.startswith("oauth_m2m.")}
    assert found == {"oauth_m2m.W015": True, "oauth_m2m.W016": False}
