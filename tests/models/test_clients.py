import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone

from oauth_m2m.models import Client, ClientKey, ClientScope, ClientSecret, Scope
from oauth_m2m.models.clients import generate_client_id

pytestmark = pytest.mark.django_db


def names(clients) -> list[str]:
    return [client.name for client in clients]


@pytest.fixture
def user():
    return get_user_model().objects.create_user("alice")


def test_generated_ids_are_random_and_need_no_encoding():
    ids = {generate_client_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[0-9a-f]{32}", client_id) for client_id in ids)


def test_new_client_is_ready_for_use():
    client = Client.objects.create(name="Nightly")
    client.full_clean()
    client.refresh_from_db()
    assert re.fullmatch(r"[0-9a-f]{32}", client.client_id)
    assert client.is_active
    assert client.auth_methods == ["client_secret_basic", "client_secret_post"]
    assert (client.allowed_networks, client.metadata) == ([], {})
    assert (client.token_format, client.token_lifetime, client.rate_limit) == ("", None, "")
    assert (client.last_used_at, client.tokens_valid_after) == (None, None)


def test_two_clients_do_not_share_their_lists():
    one, two = Client(), Client()
    one.auth_methods.append("x")
    one.metadata["x"] = 1
    assert "x" not in two.auth_methods
    assert two.metadata == {}


@pytest.mark.parametrize(
    "fields, constraint",
    [
        ({"client_id": ""}, "m2m_client_has_id"),
        ({"name": ""}, "m2m_client_has_name"),
        ({"token_lifetime": 0}, "m2m_client_lifetime_positive"),
        ({"client_id": "taken"}, "client_id"),
    ],
    ids=["no id", "no name", "lifetime of zero", "id taken"],
)
def test_database_refuses(fields, constraint):
    Client.objects.create(name="First", client_id="taken")
    with pytest.raises(IntegrityError, match=constraint):
        Client.objects.create(**{"name": "Second", **fields})


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"client_id": "a b"}, "invalid_client_id"),
        ({"client_id": "a" * 256}, "max_length"),
        ({"auth_methods": []}, "blank"),
        ({"auth_methods": ["none"]}, "invalid_auth_methods"),
        ({"allowed_networks": ["10.0.0.1/8"]}, "invalid_network"),
        ({"rate_limit": "many"}, "invalid_rate"),
        ({"token_format": "saml"}, "invalid_choice"),
        ({"token_lifetime": -1}, "min_value"),
        ({"contact_email": "alice"}, "invalid"),
        ({"jwks_uri": "nonsense"}, "invalid"),
    ],
    ids=lambda case: repr(case)[:40],
)
def test_form_refuses(fields, code):
    with pytest.raises(ValidationError) as refused:
        Client(**{"name": "A client", **fields}).full_clean()
    [errors] = refused.value.error_dict.values()
    assert [error.code for error in errors] == [code]


def test_text_of_a_client_is_its_name():
    assert str(Client(name="Nightly", client_id="x")) == "Nightly"


def test_clients_are_listed_by_name():
    for name in ("b", "a", "c"):
        Client.objects.create(name=name)
    assert names(Client.objects.all()) == ["a", "b", "c"]


def test_service_account_cannot_be_deleted_while_a_client_uses_it(user):
    Client.objects.create(name="Nightly", service_account=user)
    with pytest.raises(ProtectedError):
        user.delete()


def test_client_outlives_its_owner_and_its_maker(user):
    client = Client.objects.create(name="Nightly", owner=user, created_by=user)
    user.delete()
    client.refresh_from_db()
    assert (client.owner, client.created_by) == (None, None)


def test_active_leaves_out_the_disabled():
    Client.objects.create(name="on")
    Client.objects.create(name="off", is_active=False)
    assert names(Client.objects.active()) == ["on"]


def test_unused_since_a_moment_are_the_old_ones_without_a_use_since():
    now = timezone.now()
    long_ago, recently, week = now - timedelta(days=9), now - timedelta(days=1), timedelta(days=7)
    for name, created_at, last_used_at in [
        ("never used", long_ago, None),
        ("used long ago", long_ago, long_ago),
        ("used recently", long_ago, recently),
        ("used at the moment", long_ago, now - week),
        ("new", recently, None),
    ]:
        Client.objects.create(name=name, created_at=created_at, last_used_at=last_used_at)
    unused = Client.objects.unused_since(now - week)
    assert names(unused) == ["never used", "used long ago"]


def test_clients_whose_working_secret_expires_soon_are_found_once():
    now = timezone.now()
    day, created = timedelta(days=1), now - timedelta(days=90)
    for name, secrets in {
        "soon": [{"expires_at": now + day}],
        "two soon": [{"expires_at": now + day}, {"expires_at": now + 2 * day}],
        "at the moment": [{"expires_at": now + 3 * day}],
        "later": [{"expires_at": now + 4 * day}],
        "never": [{}],
        "expired": [{"expires_at": now - day}],
        "revoked": [{"expires_at": now + day, "revoked_at": now}],
        "revoked and never": [{"expires_at": now + day, "revoked_at": now}, {}],
        "none": [],
    }.items():
        client = Client.objects.create(name=name)
        for number, fields in enumerate(secrets):
            ClientSecret.objects.create(
                client=client, key_id=f"{name}{number}", digest="d", created_at=created, **fields
            )
    found = Client.objects.with_credential_expiring_before(now + 3 * day)
    assert names(found) == ["at the moment", "soon", "two soon"]


@pytest.mark.parametrize(
    "fields, is_found",
    [
        ({"expires_at": 1}, True),
        ({"expires_at": 1, "revoked_at": 0}, False),
        ({"expires_at": 4}, False),
        ({"expires_at": -1}, False),
        ({}, False),
    ],
    ids=["soon", "revoked", "later", "over", "never"],
)
def test_clients_whose_key_expires_soon_are_found(fields, is_found):
    now, day = timezone.now(), timedelta(days=1)
    client = Client.objects.create(name="Nightly")
    moments = {name: now + days * day for name, days in fields.items()}
    for number in range(2):
        ClientKey.objects.create(client=client, kid=str(number), public_jwk={}, **moments)
    found = Client.objects.with_credential_expiring_before(now + 3 * day)
    assert list(found) == ([client] if is_found else [])


def test_keys_are_published_over_https_only():
    with pytest.raises(ValidationError) as caught:
        Client(name="Nightly", jwks_uri="http://keys.example.com/").full_clean()
    assert list(caught.value.message_dict) == ["jwks_uri"]
    Client(name="Nightly", jwks_uri="HTTPS://keys.example.com/").full_clean()


def test_scope_is_granted_once():
    client, scope = Client.objects.create(name="Nightly"), Scope.objects.create(name="a")
    ClientScope.objects.create(client=client, scope=scope)
    with pytest.raises(IntegrityError):
        ClientScope.objects.create(client=client, scope=scope, is_default=False)


def test_granted_scope_is_a_default_unless_said_otherwise():
    client, scope = Client.objects.create(name="Nightly"), Scope.objects.create(name="a")
    grant = ClientScope.objects.create(client=client, scope=scope)
    assert grant.is_default
    assert list(client.scopes.all()) == [scope]
    assert str(grant) == "a (Nightly)"


def test_deleting_a_scope_takes_it_from_its_clients():
    client, scope = Client.objects.create(name="Nightly"), Scope.objects.create(name="a")
    ClientScope.objects.create(client=client, scope=scope)
    scope.delete()
    assert not client.scope_grants.exists()
