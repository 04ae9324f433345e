import logging
from datetime import datetime, timedelta

import jwt
import pytest
from django.contrib.auth.models import Group, User
from django.core import serializers
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.models import AuditEvent, Client, ClientSecret, ResourceServer, Scope

COMMAND = "m2m_create_client"
ISSUER = "https://auth.example.com"


@pytest.fixture
def scopes(db: None) -> None:
    for name in ("orders:read", "orders:write"):
        Scope.objects.create(name=name)


@pytest.fixture
def token_of(post_token):
    """Return the answer of the token endpoint to a client's id and secret."""

    def token_of(client_id: str, secret: str, **fields: str):
        fields |= {"client_id": client_id, "client_secret": secret}
        return post_token({"grant_type": "client_credentials", **fields})

    return token_of


def test_programs_read_one_object(run, scopes):
    output = run(
        COMMAND,
        "Billing",
        "--client-id=billing",
        "--scope=orders:read",
        "--optional-scope=orders:write",
        "--json",
    )
    secret = ClientSecret.objects.get()
    assert output.data == {
        "client_id": "billing",
        "client_secret": output.data["client_secret"],
        "key_id": secret.key_id,
        "secret_expires_at": None,
        "name": "Billing",
        "scopes": ["orders:read", "orders:write"],
        "default_scopes": ["orders:read"],
        "auth_methods": ["client_secret_basic", "client_secret_post"],
        "keys": [],
        "token_format": "opaque",
        "token_lifetime": 3600,
        "resources": [],
        "token_url": "https://auth.example.com/oauth/token",
    }
    assert output.stderr == ""


def test_printed_secret_gets_tokens(run, scopes, token_of):
    printed = run(
        COMMAND, "Billing", "--scope=orders:read", "--optional-scope=orders:write", "--json"
    ).data
    secret = printed["client_secret"]
    assert token_of(printed["client_id"], secret).json()["scope"] == "orders:read"
    answer = token_of(printed["client_id"], secret, scope="orders:write")
    assert answer.json()["scope"] == "orders:write"


def test_people_read_the_secret_once_on_a_line_of_its_own(run, scopes, token_of):
    output = run(
        COMMAND, "Billing", "--client-id=billing", "--scope=orders:read", "--secret-expires-in=30"
    )
    [secret] = [line for line in output.lines if line.startswith("m2ms_")]
    row = ClientSecret.objects.get()
    until = f"{timezone.localtime(row.expires_at):%Y-%m-%d %H:%M %Z}"
    assert output.lines == [
        'Registered the client "Billing" with the id billing.',
        "Scopes by default: orders:read",
        "Scopes when asked for: none",
        "",
        "Its secret. This is the only time that it is shown; keep it in a safe place.",
        f"Key id {row.key_id}; expires: {until}.",
        "",
        secret,
        "",
        "Get a token; curl asks for the secret:",
        "",
        f"  curl --data grant_type=client_credentials --user billing {ISSUER}/oauth/token",
    ]
    assert output.stdout.count(secret[14:]) == 1
    assert output.stderr == ""
    assert token_of("billing", secret).status_code == 200


def test_secret_is_in_no_log_and_no_row(run, scopes, caplog):
    caplog.set_level(logging.DEBUG)
    with override_settings(DEBUG=True):
        secret = run(COMMAND, "Billing", "--scope=orders:read", "--json").data["client_secret"]
    assert "client.created" in caplog.text
    stored = serializers.serialize("json", [*AuditEvent.objects.all(), *ClientSecret.objects.all()])
    for part in (secret, secret[14:], secret[-20:]):
        assert part not in caplog.text
        assert part not in stored


def test_every_flag_reaches_its_field(run, scopes):
    user = User.objects.create_user("anna")
    groups = {Group.objects.create(name=name) for name in ("readers", "writers")}
    run(
        COMMAND,
        "  Billing  ",
        "--auth-method=client_secret_post",
        "--auth-method=client_secret_post",
        "--token-format=opaque",
        "--token-lifetime=600",
        "--service-account=anna",
        "--group=readers",
        "--group=writers",
        "--allowed-network=10.0.0.0/8",
        "--allowed-network=2001:db8::/32",
        "--rate-limit=1000/h",
        "--description=Writes invoices",
        "--contact-email=billing@example.com",
    )
    client = Client.objects.get()
    assert client.name == "Billing"
    assert client.auth_methods == ["client_secret_post"]
    assert (client.token_format, client.token_lifetime) == ("opaque", 600)
    assert client.service_account == user
    assert set(client.groups.all()) == groups
    assert client.allowed_networks == ["10.0.0.0/8", "2001:db8::/32"]
    assert client.rate_limit == "1000/h"
    assert (client.description, client.contact_email) == ("Writes invoices", "billing@example.com")


def test_programs_read_what_the_flags_decide(run, scopes):
    printed = run(COMMAND, "Billing", "--token-lifetime=60", "--secret-expires-in=0.5", "--json")
    assert printed.data["token_lifetime"] == 60
    expires_at = datetime.fromisoformat(printed.data["secret_expires_at"])
    assert expires_at == ClientSecret.objects.get().expires_at
    assert timedelta(0) < timezone.now() + timedelta(hours=12) - expires_at < timedelta(minutes=1)


def test_options_may_be_python_values(run, scopes):
    run(COMMAND, "Billing", scope=["orders:read"], token_lifetime=60, secret_expires_in=30)
    client = Client.objects.get()
    assert client.token_lifetime == 60
    assert list(client.scopes.values_list("name", flat=True)) == ["orders:read"]


def test_client_and_secret_and_new_scopes_are_audited(run, scopes, trail):
    run(COMMAND, "Billing", "--client-id=billing", "--scope=reports:read", "--create-scopes")
    who = "m2m_create_client (olga)"
    assert trail() == [
        ("scope.created", who, "", ""),
        ("client.created", who, "billing", ""),
        ("secret.created", who, "billing", ""),
    ]


def test_create_scopes_makes_only_the_missing_ones(run, scopes):
    output = run(
        COMMAND,
        "Billing",
        "--scope=orders:read",
        "--scope=reports:read",
        "--scope=reports:read",
        "--create-scopes",
        "--json",
    )
    assert output.data["scopes"] == ["orders:read", "reports:read"]
    assert Scope.objects.count() == 3


def test_no_secret_makes_none_and_says_how_to_make_one(run, scopes):
    output = run(COMMAND, "Billing", "--client-id=billing", "--no-secret")
    assert output.lines[3:] == [
        "",
        "It has no secret yet. Make one:",
        "",
        "  python manage.py m2m_rotate_secret billing",
    ]
    assert not ClientSecret.objects.exists()
    printed = run(COMMAND, "Other", "--no-secret", "--json").data
    secret = (printed["client_secret"], printed["key_id"], printed["secret_expires_at"])
    assert secret == (None, None, None)


def test_client_without_default_scopes_is_shown_how_to_ask(run, scopes):
    output = run(COMMAND, "Billing", "--client-id=billing", "--optional-scope=orders:write")
    assert output.lines[1:3] == ["Scopes by default: none", "Scopes when asked for: orders:write"]
    assert "--data-urlencode scope=orders:write" in output.lines[-1]


def test_client_without_scopes_is_said_to_get_no_tokens(run, db):
    assert run(COMMAND, "Billing").lines[-1] == (
        "It has no scopes yet, so it gets no tokens: grant it one in the admin."
    )


@pytest.fixture
def apis(db: None) -> None:
    for identifier in ("urn:stock", "https://api.example.com"):
        ResourceServer.objects.create(identifier=identifier, name=identifier[::-1])


def test_client_that_may_name_apis_gets_signed_tokens_for_them(run, scopes, apis, token_of):
    printed = run(
        COMMAND,
        "Billing",
        "--scope=orders:read",
        "--token-format=jwt",
        "--resource=urn:stock",
        "--resource=https://api.example.com",
        "--resource=urn:stock",
        "--json",
    ).data
    assert (printed["token_format"], printed["resources"]) == (
        "jwt",
        ["https://api.example.com", "urn:stock"],
    )
    answer = token_of(printed["client_id"], printed["client_secret"], resource="urn:stock")
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["aud"] == "urn:stock"


def test_client_that_is_an_api_may_ask_about_its_tokens(run, scopes, apis):
    output = run(
        COMMAND,
        "Billing",
        "--scope=orders:read",
        "--introspects=urn:stock",
        "--introspects=https://api.example.com",
        "--resource=urn:stock",
    )
    assert output.lines[3:6] == [
        "APIs that it may name besides: urn:stock",
        "APIs whose tokens it may ask about: https://api.example.com urn:stock",
        "",
    ]
    client = Client.objects.get()
    assert set(client.introspects.values_list("identifier", flat=True)) == {
        "urn:stock",
        "https://api.example.com",
    }


@override_settings(OAUTH_M2M={})
def test_without_issuer_programs_read_the_bare_path(run, scopes):
    assert run(COMMAND, "Billing", "--json").data["token_url"] == "/oauth/token"


@override_settings(OAUTH_M2M={"SECRET_LIFETIME": timedelta(days=90)})
def test_settings_decide_what_no_flag_does(run, scopes):
    assert run(COMMAND, "Billing", "--json").data["secret_expires_at"] is not None


def test_program_prints_to_stdout_and_ends_with_0(manage):
    output = manage(COMMAND, "Billing", "--scope=orders:read", "--create-scopes", "--json")
    assert (output.status, output.stderr) == (0, "")
    assert output.data["default_scopes"] == ["orders:read"]
    assert len(output.lines) == 1


def test_program_that_refuses_prints_to_stderr_and_ends_with_1(manage):
    output = manage(COMMAND, "Billing", "--scope=orders:read", "--json")
    assert (output.status, output.stdout) == (1, "")
    assert output.stderr.startswith('CommandError: No scope is called "orders:read".')
    assert manage("m2m_list_clients", "--json").data == []
