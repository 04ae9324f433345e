"""What ``manage.py check`` says of signing: E003, E004, E007, W003, W004."""

import pytest
from django.core.checks import Error, Warning, run_checks  # noqa: A004 - Django's names
from django.db import connection
from django.utils import timezone

from oauth_m2m.checks.configuration import check_settings
from oauth_m2m.checks.signing import (
    check_configured_keys,
    check_key_encryption,
    check_next_signing_key,
    check_signing_keys,
)
from oauth_m2m.keys.encryption import encrypt
from oauth_m2m.keys.jwk import private_pem
from oauth_m2m.keys.signing import create_key
from oauth_m2m.models import SigningKey
from tests.jose import private_key
from tests.signing_keys import make_key

E003 = Error(
    "TOKEN_FORMAT is 'jwt' and there is no ISSUER.",
    hint="A signed token says who issued it: set ISSUER to this server's public URL.",
    id="oauth_m2m.E003",
)
W003 = Warning(
    "Signing keys are encrypted under a key derived from SECRET_KEY.",
    hint="Set OAUTH_M2M['KEY_ENCRYPTION_KEYS'], so that SECRET_KEY can be changed freely.",
    id="oauth_m2m.W003",
)
PEM = private_pem(private_key("ES256")).decode()


@pytest.fixture
def configure(settings):
    def configure(**values) -> None:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, **values}

    return configure


def test_signed_tokens_without_an_issuer_are_an_error(configure):
    configure(TOKEN_FORMAT="jwt", ISSUER="")
    assert check_settings(None) == [E003]


@pytest.mark.parametrize(
    "values", [{"TOKEN_FORMAT": "jwt"}, {"TOKEN_FORMAT": "opaque", "ISSUER": ""}], ids=str
)
def test_signed_tokens_with_an_issuer_and_opaque_ones_without_are_fine(configure, values):
    configure(**values)
    assert check_settings(None) == []


def test_wrong_value_is_said_before_its_consequence(configure):
    configure(TOKEN_FORMAT="jwt", ISSUER=1)
    assert [message.id for message in check_settings(None)] == ["oauth_m2m.E002"]


def test_readable_keys_are_fine(configure, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(PEM)
    configure(SIGNING_KEYS=[PEM, str(path)])
    assert check_configured_keys(None) == []


def test_unreadable_entries_are_errors_that_show_nothing_of_them(configure):
    configure(SIGNING_KEYS=[PEM, "/nowhere/s3cret.pem", "-----BEGIN PRIVATE KEY-----\ns3cret"])
    assert check_configured_keys(None) == [
        Error(
            "Entry 2 of OAUTH_M2M['SIGNING_KEYS'] is left out: a file cannot be read.",
            id="oauth_m2m.E004",
        ),
        Error(
            "Entry 3 of OAUTH_M2M['SIGNING_KEYS'] is left out: it is not a PEM private key.",
            id="oauth_m2m.E004",
        ),
    ]


E007 = Error(
    "OAUTH_M2M['SIGNING_KEYS'] has no key for SIGNING_ALGORITHM 'EdDSA'.",
    hint="No token can be signed: add a key, or name the algorithm of those you have.",
    id="oauth_m2m.E007",
)


def test_keys_of_another_algorithm_are_an_error(configure):
    configure(SIGNING_KEYS=[PEM], SIGNING_ALGORITHM="EdDSA")
    assert check_configured_keys(None) == [E007]
    configure(SIGNING_KEYS=[PEM, private_pem(private_key("EdDSA")).decode()])
    assert check_configured_keys(None) == []


def test_keys_that_cannot_be_read_are_said_once(configure):
    configure(SIGNING_KEYS=["/nowhere"], SIGNING_ALGORITHM="EdDSA")
    assert [message.id for message in check_configured_keys(None)] == ["oauth_m2m.E004"]


def test_default_encryption_key_is_a_warning(configure):
    assert check_key_encryption(None) == [W003]
    configure(KEY_ENCRYPTION_KEYS=["own"])
    assert check_key_encryption(None) == []


def test_nothing_is_encrypted_where_keys_are_configured(configure):
    configure(SIGNING_KEYS=[PEM])
    assert check_key_encryption(None) == []


@pytest.fixture
def key(db):
    return create_key("ES256", 1, timezone.now())


def test_key_that_cannot_be_decrypted_is_a_warning(key, settings):
    good = create_key("ES256", 2, timezone.now())
    settings.SECRET_KEY = "another"
    SigningKey.objects.filter(pk=good.pk).update(private_key=encrypt(b"clear"))
    assert check_signing_keys(None, databases=["default"]) == [
        Warning(
            f"The signing key {key.kid} cannot be decrypted.",
            hint="Put the former key back into KEY_ENCRYPTION_KEYS, behind the new one.",
            id="oauth_m2m.W004",
        )
    ]


def test_key_that_is_over_need_not_be_decrypted(key, settings):
    settings.SECRET_KEY = "another"
    SigningKey.objects.update(retires_at=timezone.now(), expires_at=timezone.now())
    assert check_signing_keys(None, databases=["default"]) == []


@pytest.mark.parametrize("databases", [None, [], ["other"]])
def test_table_is_looked_at_only_when_databases_are_checked(key, settings, databases):
    settings.SECRET_KEY = "another"
    assert check_signing_keys(None, databases=databases) == []


def test_table_that_does_not_exist_yet_is_no_problem(transactional_db):
    with connection.schema_editor() as editor:
        editor.delete_model(SigningKey)
    try:
        assert check_signing_keys(None, databases=["default"]) == []
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(SigningKey)


@pytest.mark.parametrize("key_name", ["SIGNING_KEYS", "KEY_ENCRYPTION_KEYS"])
def test_wrong_value_is_one_error_and_stops_no_check(key, configure, key_name, settings):
    # The tests' own site has views that are wrong on purpose.
    settings.ROOT_URLCONF = "example_project.urls"
    configure(**{key_name: "not a list"})
    messages = run_checks(include_deployment_checks=True, databases=["default"])
    mine = [message.id for message in messages if message.id.startswith("oauth_m2m")]
    # The tests count in local memory, and speak plain http.
    assert sorted(mine) == ["oauth_m2m.E002", "oauth_m2m.W011", "oauth_m2m.W019"]


def test_checks_are_registered(key, configure, settings):
    configure(TOKEN_FORMAT="jwt", ISSUER="", SIGNING_KEYS=["/nowhere"])
    settings.SECRET_KEY = "another"
    ids = {message.id for message in run_checks(databases=["default"])}
    assert {"oauth_m2m.E003", "oauth_m2m.E004", "oauth_m2m.W004"} <= ids
    assert "oauth_m2m.W003" not in ids
    configure(SIGNING_KEYS=[])
    assert W003 in run_checks(include_deployment_checks=True)


def test_signing_key_that_none_follows_is_named(db):
    key = make_key(announced=-30, signs=-30, until=20, verifies=21)
    [found] = check_next_signing_key(None, databases=["default"])
    assert found.id == "oauth_m2m.W012"
    assert found.msg == (
        f"The signing key {key.kid} stops signing on {key.retires_at:%Y-%m-%d}, and no other"
        " follows it."
    )
    make_key(announced=-1, signs=20)
    assert check_next_signing_key(None, databases=["default"]) == []


@pytest.mark.parametrize("databases", [None, ["other"]], ids=["none", "another"])
def test_next_signing_key_is_looked_for_only_when_databases_are_checked(db, databases):
    make_key(announced=-30, signs=-30, until=20, verifies=21)
    assert check_next_signing_key(None, databases=databases) == []


def test_next_signing_key_of_wrong_settings_is_said_elsewhere(db, settings):
    settings.OAUTH_M2M = {"SIGNING_ALGORITHM": "none"}
    assert check_next_signing_key(None, databases=["default"]) == []
