"""What ``manage.py check`` says of keyed clients: W005, W006, W007, W008, W014."""

from datetime import timedelta

import pytest
from django.core.checks import Warning, run_checks  # noqa: A004 - Django's names
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from oauth_m2m.checks.clients import check_expiring_credentials, check_profile
from oauth_m2m.checks.configuration import check_proxies
from oauth_m2m.models import Client, ClientKey, ClientSecret

DAY = timedelta(days=1)
W007 = Warning(
    "CLIENT_CERTIFICATE_HEADER is set and TRUSTED_PROXIES is empty.",
    hint="The header is believed from trusted proxies only: name yours, or leave it out.",
    id="oauth_m2m.W007",
)


def w008(network: str) -> Warning:
    return Warning(
        f"TRUSTED_PROXIES has {network}: everybody is a trusted proxy.",
        hint="Any caller can then choose its address and its certificate. Name your proxies.",
        id="oauth_m2m.W008",
    )


def w014(network: str) -> Warning:
    return Warning(
        f"TRUSTED_PROXIES has {network}, a large part of the Internet.",
        hint="Any caller in there can choose its address and its certificate. Name your"
        " proxies, or the networks that your provider publishes.",
        id="oauth_m2m.W014",
    )


def w005(name: str, why: str) -> Warning:
    return Warning(
        f"The profile fapi2 stops the client {name} ({name}-id): {why}.",
        hint="Change the client first, then set PROFILE.",
        id="oauth_m2m.W005",
    )


def w006(what: str, day) -> Warning:
    return Warning(
        f"The {what} of the client Robot (robot) ends on {day:%Y-%m-%d}.",
        hint="Give the client another one before that day.",
        id="oauth_m2m.W006",
    )


@pytest.mark.parametrize(
    "configured, expected",
    [
        ({}, []),
        ({"TRUSTED_PROXIES": ["10.0.0.0/8", "::1/128"]}, []),
        ({"CLIENT_CERTIFICATE_HEADER": "Client-Cert", "TRUSTED_PROXIES": ["10.0.0.1"]}, []),
        ({"CLIENT_CERTIFICATE_HEADER": "Client-Cert"}, [W007]),
        ({"TRUSTED_PROXIES": ["0.0.0.0/0", "::/0"]}, [w008("0.0.0.0/0"), w008("::/0")]),
        ({"TRUSTED_PROXIES": ["8.0.0.0/8"]}, [w014("8.0.0.0/8")]),
        ({"TRUSTED_PROXIES": ["0.0.0.0/1", "2000::/3"]}, [w014("0.0.0.0/1"), w014("2000::/3")]),
        ({"TRUSTED_PROXIES": ["104.16.0.0/13", "2a06:98c0::/29", "fc00::/7"]}, []),
        ({"TRUSTED_PROXIES": "everybody"}, []),
    ],
    ids=[
        *("none", "proxies", "header from a proxy", "header alone", "everybody"),
        *("a public /8", "half of the Internet", "a delivery network", "E002 says it"),
    ],
)
def test_proxies(settings, configured, expected):
    settings.OAUTH_M2M = configured
    assert check_proxies(None) == expected


@pytest.fixture
def clients(db):
    for name, methods, fields in (
        ("bound", ["private_key_jwt"], {"requires_dpop": True}),
        ("disabled", ["client_secret_basic"], {"is_active": False}),
        ("loose", ["private_key_jwt"], {}),
        ("secretive", ["client_secret_basic"], {"requires_certificate": True}),
    ):
        Client.objects.create(client_id=f"{name}-id", name=name, auth_methods=methods, **fields)


def test_strict_profile_names_each_client_that_it_stops(clients, settings):
    settings.OAUTH_M2M = {"PROFILE": "fapi2"}
    assert check_profile(None, databases=["default"]) == [
        w005("loose", "it need not bind its tokens, by DPoP or by a certificate"),
        w005("secretive", "it has only methods with a shared secret"),
    ]


@pytest.mark.parametrize(
    "configured, databases",
    [
        ({}, ["default"]),
        ({"PROFILE": "fapi1"}, ["default"]),
        ({"PROFILE": "fapi2"}, None),
        ({"PROFILE": "fapi2"}, ["other"]),
    ],
    ids=["no profile", "E002 says it", "no database", "another database"],
)
def test_without_the_profile_or_the_database_no_client_is_named(
    clients, settings, configured, databases
):
    settings.OAUTH_M2M = configured
    assert check_profile(None, databases=databases) == []


@pytest.fixture
def robot(db) -> Client:
    return Client.objects.create(client_id="robot", name="Robot")


def credential(kind: str, client: Client, **fields):
    created = timezone.now() - 2 * DAY
    if kind == "secret":
        return ClientSecret.objects.create(
            client=client, key_id="1", digest="d", created_at=created, **fields
        )
    certificate = "PEM" if kind == "certificate" else ""
    return ClientKey.objects.create(
        client=client, kid="1", public_jwk={}, certificate=certificate, **fields
    )


@pytest.mark.parametrize("kind", ["secret", "key", "certificate"])
def test_what_ends_soon_is_named(robot, kind: str):
    ends_at = timezone.now() + 29 * DAY
    credential(kind, robot, expires_at=ends_at)
    assert check_expiring_credentials(None, databases=["default"]) == [w006(f"{kind} 1", ends_at)]


@pytest.mark.parametrize("kind", ["secret", "key"])
@pytest.mark.parametrize(
    "days, revoked, active",
    [(31, False, True), (-1, False, True), (None, False, True), (5, True, True), (5, False, False)],
    ids=["later", "over", "never", "revoked", "client disabled"],
)
def test_what_needs_no_care_is_not_named(robot, kind: str, days, revoked, active):
    now = timezone.now()
    Client.objects.update(is_active=active)
    credential(
        kind,
        robot,
        expires_at=None if days is None else now + days * DAY,
        revoked_at=now if revoked else None,
    )
    assert check_expiring_credentials(None, databases=["default"]) == []


def test_secret_that_was_replaced_may_end(robot):
    now = timezone.now()
    credential("secret", robot, expires_at=now + DAY, retiring_since=now)
    assert check_expiring_credentials(None, databases=["default"]) == []


@pytest.mark.parametrize("databases", [None, ["other"]])
def test_credentials_are_looked_at_only_when_databases_are_checked(robot, databases):
    credential("key", robot, expires_at=timezone.now() + DAY)
    assert check_expiring_credentials(None, databases=databases) == []


def test_tables_that_do_not_exist_yet_are_no_problem(transactional_db, settings):
    settings.OAUTH_M2M = {"PROFILE": "fapi2"}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE oauth_m2m_client RENAME TO away")
    try:
        assert check_profile(None, databases=["default"]) == []
        assert check_expiring_credentials(None, databases=["default"]) == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO oauth_m2m_client")


def test_checks_are_registered(clients, robot, settings):
    settings.OAUTH_M2M = {
        "PROFILE": "fapi2",
        "CLIENT_CERTIFICATE_HEADER": "Client-Cert",
        "KEY_ENCRYPTION_KEYS": ["own"],
    }
    credential("key", robot, expires_at=timezone.now() + DAY)
    mine = {"oauth_m2m.W005", "oauth_m2m.W006", "oauth_m2m.W007"}
    found = {message.id for message in run_checks(databases=[DEFAULT_DB_ALIAS])}
    assert mine <= found
    assert "oauth_m2m.W007" in {message.id for message in run_checks()}
