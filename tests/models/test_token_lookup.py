"""The compiled lookup against what plain ORM code answers, on the database at hand."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client
from oauth_m2m.models.client_facts import ClientFacts
from oauth_m2m.models.token_lookup import TokenRecord, find_token

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)


def by_plain_orm(token_hash: str) -> TokenRecord | None:
    token = AccessToken.objects.filter(token_hash=token_hash).first()
    if token is None:
        return None
    client = token.client
    return TokenRecord(
        pk=token.pk,
        scope=token.scope,
        audience=tuple(token.audience),
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        confirmation=token.confirmation,
        client=ClientFacts(
            pk=client.pk,
            client_id=client.client_id,
            name=client.name,
            is_active=client.is_active,
            tokens_valid_after=client.tokens_valid_after,
            allowed_networks=tuple(client.allowed_networks),
            rate_limit=client.rate_limit,
            service_account=client.service_account,
        ),
    )


@pytest.mark.parametrize(
    "of_client",
    [
        {},
        {
            "is_active": False,
            "tokens_valid_after": NOW - HOUR,
            "allowed_networks": ["192.0.2.0/24"],
            "rate_limit": "10/s",
        },
    ],
    ids=["plain client", "everything set on the client"],
)
@pytest.mark.parametrize(
    "of_token",
    [
        {},
        {
            "scope": "a b",
            "audience": ["https://a.example", "urn:b:c"],
            "revoked_at": NOW,
            "confirmation": {"jkt": "t"},
        },
    ],
    ids=["plain token", "everything set on the token"],
)
@pytest.mark.parametrize("account", ["without", "with", "with an inactive"])
def test_answer_is_that_of_the_orm(of_client, of_token, account):
    user = None
    if account != "without":
        user = get_user_model().objects.create_user("robot", is_active=account == "with")
    client = Client.objects.create(name="Nightly", service_account=user, **of_client)
    for token_hash in ("h", "another"):
        AccessToken.objects.create(
            token_hash=token_hash,
            client=client,
            issued_at=NOW,
            expires_at=NOW + HOUR,
            **of_token,
        )
    found = find_token("h")
    assert found == by_plain_orm("h")
    assert (found.client.service_account is None) is (user is None)


@pytest.mark.parametrize("token_hash", ["", "unknown", "H", "\x010\x01", "' OR 1=1 --"])
def test_unknown_token_is_none(registered, get_token, token_hash):
    get_token(registered)
    assert find_token(token_hash) is None


def test_service_account_is_a_whole_user_as_the_orm_makes_it(
    register, get_token, django_assert_num_queries
):
    user = get_user_model().objects.create_user("robot", "r@example.com", last_login=NOW)
    token = get_token(register("a", service_account=user))
    with django_assert_num_queries(1):
        account = find_token(digest_credential(token)).client.service_account
        values = {field.name: getattr(account, field.name) for field in user._meta.concrete_fields}
    assert type(account) is type(user)
    assert values == {field.name: getattr(user, field.name) for field in user._meta.concrete_fields}
    assert (account._state.adding, account._state.db) == (False, "default")
    account.first_name = "Robot"
    account.save()
    user.refresh_from_db()
    assert user.first_name == "Robot"


class _Replica:
    def db_for_read(self, _model, **_hints):
        return "a replica that lags"


def test_read_goes_where_writes_go(registered, get_token, settings):
    token = get_token(registered)
    settings.DATABASE_ROUTERS = [_Replica()]
    assert find_token(digest_credential(token)).client.client_id == registered.client_id
