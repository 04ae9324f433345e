"""The compiled lookups of the accepting side against what the plain ORM says."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.models import AccessToken, Client
from oauth_m2m.models.client_facts import ClientFacts, find_client_facts
from oauth_m2m.models.token_lookup import TokenRecord, find_token

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def by_orm(client: Client) -> ClientFacts:
    client = Client.objects.select_related("service_account").get(pk=client.pk)
    revoked = client.access_tokens.filter(format="jwt").exclude(revoked_at=None)
    return ClientFacts(
        pk=client.pk,
        client_id=client.client_id,
        name=client.name,
        is_active=client.is_active,
        tokens_valid_after=client.tokens_valid_after,
        allowed_networks=tuple(client.allowed_networks),
        rate_limit=client.rate_limit,
        service_account=client.service_account,
        revoked_token_ids=frozenset(token.jti for token in revoked),
    )


def add_token(client: Client, number: int = 1, **changes) -> AccessToken:
    fields = {
        "token_hash": f"{number:064}",
        "client": client,
        "scope": "orders:read orders:write",
        "audience": ["https://a.example", "https://b.example"],
        "issued_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
    }
    return AccessToken.objects.create(**{**fields, **changes})


@pytest.fixture
def account():
    user = get_user_model().objects.create_user("machine", "m@example.com", first_name="Ü")
    user.last_login = NOW
    user.save()
    return user


@pytest.fixture
def plain(register):
    return register().client


@pytest.fixture
def rich(register, account):
    client = register(
        "orders:read",
        name="Ünïcode",
        service_account=account,
        allowed_networks=["10.0.0.0/8", "2001:db8::/32"],
        rate_limit="10/s",
        is_active=False,
        tokens_valid_after=NOW,
    ).client
    add_token(client, 1, format="jwt", jti="a", revoked_at=NOW)
    add_token(client, 2, format="jwt", jti="b", revoked_at=NOW)
    add_token(client, 3, format="jwt", jti="not revoked")
    add_token(client, 4, revoked_at=NOW, jti="opaque")
    add_token(client, 5)
    return client


def test_facts_of_a_plain_client_are_those_of_the_orm(plain, rich):
    assert find_client_facts(plain.client_id) == by_orm(plain)


def test_facts_of_a_client_with_everything_are_those_of_the_orm(plain, rich):
    facts = find_client_facts(rich.client_id)
    assert facts == by_orm(rich)
    assert facts.revoked_token_ids == {"a", "b"}


def test_service_account_has_all_its_columns_without_another_statement(rich, account):
    facts = find_client_facts(rich.client_id)
    with CaptureQueriesContext(connection) as captured:
        values = {
            field.attname: getattr(facts.service_account, field.attname)
            for field in account._meta.concrete_fields
        }
    expected = {field.attname: getattr(account, field.attname) for field in account._meta.fields}
    assert values == expected
    assert not captured.captured_queries
    assert not facts.service_account._state.adding


def test_facts_take_one_statement_however_many_tokens_were_revoked(rich):
    for number in range(20):
        add_token(rich, 100 + number, format="jwt", jti=str(number), revoked_at=NOW)
    with CaptureQueriesContext(connection) as captured:
        facts = find_client_facts(rich.client_id)
    assert len(captured) == 1
    assert len(facts.revoked_token_ids) == 22


@pytest.mark.parametrize("client_id", ["nobody", "", "' OR 1=1 --", "%", "ü"])
def test_unknown_client_has_no_facts(rich, client_id):
    assert find_client_facts(client_id) is None


@pytest.mark.parametrize("whose", ["plain", "rich"])
def test_token_is_that_of_the_orm(request, whose):
    client = request.getfixturevalue(whose)
    row = add_token(client, 50, revoked_at=NOW)
    facts = by_orm(client)
    expected = TokenRecord(
        pk=row.pk,
        scope=row.scope,
        audience=tuple(row.audience),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        confirmation=row.confirmation,
        client=ClientFacts(
            **{name: getattr(facts, name) for name in ClientFacts.__slots__}
            | {"revoked_token_ids": frozenset()}
        ),
    )
    with CaptureQueriesContext(connection) as captured:
        assert find_token(row.token_hash) == expected
    assert len(captured) == 1


def test_token_without_audience_has_an_empty_one(plain):
    row = add_token(plain, audience=[], scope="")
    record = find_token(row.token_hash)
    assert (record.audience, record.scope, record.revoked_at) == ((), "", None)


@pytest.mark.parametrize("token_hash", ["0" * 64, "", "' OR 1=1 --"])
def test_unknown_token_is_not_found(plain, token_hash):
    add_token(plain)
    assert find_token(token_hash) is None


def test_account_is_not_shown_in_the_repr_of_the_facts(rich):
    assert "machine" not in repr(find_client_facts(rich.client_id))
