from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m import usage
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, ClientKey, ClientSecret
from oauth_m2m.signals import token_issued
from oauth_m2m.tokens import issue_token
from oauth_m2m.values import Grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(registered) -> Grant:
    return Grant(
        client_pk=registered.client.pk,
        client_id=registered.client_id,
        secret_pk=ClientSecret.objects.get().pk,
        key_pk=ClientKey.objects.create(client=registered.client, kid="a", public_jwk={}).pk,
        audience=("https://api.example.com",),
        token_format="opaque",
        scopes=("orders:read", "orders:write"),
        lifetime=timedelta(minutes=5),
    )


def test_token_carries_what_was_granted(grant):
    issued = issue_token(grant)
    assert (issued.expires_in, issued.scopes) == (300, ("orders:read", "orders:write"))
    row = AccessToken.objects.get()
    assert row.audience == ["https://api.example.com"]
    assert row.token_hash == digest_credential(issued.access_token)
    assert (row.client_id, row.scope) == (grant.client_pk, "orders:read orders:write")
    assert row.expires_at - row.issued_at == timedelta(minutes=5)
    assert timezone.now() - row.issued_at < timedelta(seconds=30)


def test_part_of_a_second_is_not_promised(grant):
    issued = issue_token(replace(grant, lifetime=timedelta(seconds=1.9)))
    assert issued.expires_in == 1


def test_issue_is_one_statement(grant, django_assert_num_queries):
    with django_assert_num_queries(1):
        issue_token(grant)


@pytest.mark.parametrize(
    "confirmation, expected",
    [(None, "Bearer"), ({"x5t#S256": "a"}, "Bearer"), ({"jkt": "a"}, "DPoP")],
    ids=["unbound", "bound to a certificate", "bound to a key"],
)
def test_token_is_of_the_type_that_its_binding_asks_for(grant, confirmation, expected):
    assert issue_token(replace(grant, confirmation=confirmation)).token_type == expected
    assert AccessToken.objects.get().confirmation == confirmation


def test_signed_token_leaves_no_row(grant):
    issued = issue_token(replace(grant, token_format="jwt"))
    assert issued.access_token.count(".") == 2
    assert not AccessToken.objects.exists()


def test_use_of_client_secret_and_key_is_counted(grant):
    issue_token(grant)
    [(key, count)] = usage._pending.counts.items()
    assert (key[0], key[2], count) == (grant.client_pk, "token_issued", 1)
    assert list(usage._pending.secrets) == [grant.secret_pk]
    assert list(usage._pending.keys) == [grant.key_pk]


def test_signal_is_sent_after_the_token_is_stored(grant):
    stored = []

    def listen(**arguments):
        stored.append((AccessToken.objects.count(), arguments["client_id"]))

    token_issued.connect(listen)
    issue_token(grant)
    token_issued.disconnect(listen)
    assert stored == [(1, grant.client_id)]
