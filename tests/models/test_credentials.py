from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.models.credentials import replace_digest

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def client():
    return Client.objects.create(name="Nightly")


@pytest.mark.parametrize(
    "fields, constraint",
    [
        ({"digest": ""}, "m2m_secret_is_not_blank"),
        ({"key_id": ""}, "m2m_secret_is_not_blank"),
        ({"expires_at": NOW}, "m2m_secret_expires_after_creation"),
        ({"expires_at": NOW - HOUR}, "m2m_secret_expires_after_creation"),
        ({"key_id": "taken"}, "key_id"),
    ],
    ids=["no digest", "no key id", "expires at once", "expires before", "key id taken"],
)
def test_database_refuses(client, fields, constraint):
    ClientSecret.objects.create(client=client, key_id="taken", digest="d")
    with pytest.raises(IntegrityError, match=constraint):
        ClientSecret.objects.create(
            **{"client": client, "key_id": "k", "digest": "d", "created_at": NOW, **fields}
        )


def test_text_shows_the_key_id_and_hint_and_no_digest(registered):
    row = ClientSecret.objects.get()
    assert str(row) == f"{registered.key_id} (…{registered.secret[-4:]})"
    assert repr(row) == f"<ClientSecret: {row}>"


def test_row_has_the_digest_and_not_the_secret(registered):
    row = ClientSecret.objects.get()
    assert (row.digest, row.algorithm) == (digest_credential(registered.secret), "sha256")
    assert registered.secret not in repr(vars(row))


@pytest.mark.parametrize(
    "fields, state",
    [
        ({}, "active"),
        ({"expires_at": NOW + HOUR}, "active"),
        ({"expires_at": NOW - HOUR}, "expired"),
        ({"revoked_at": NOW}, "revoked"),
        ({"revoked_at": NOW, "expires_at": NOW - HOUR}, "revoked"),
    ],
    ids=["for ever", "for now", "expired", "revoked", "both"],
)
def test_state_is_one_word(fields, state):
    assert ClientSecret(**fields).state == state


def test_newest_secret_comes_first(client):
    for number, age in enumerate((2, 1, 3)):
        ClientSecret.objects.create(
            client=client, key_id=str(number), digest="d", created_at=NOW - age * HOUR
        )
    assert [row.key_id for row in client.secrets.all()] == ["1", "0", "2"]


def test_secrets_go_with_their_client(registered):
    registered.client.delete()
    assert not ClientSecret.objects.exists()


@pytest.fixture
def slow(client) -> ClientSecret:
    return ClientSecret.objects.create(
        client=client, key_id="imported-1", digest="md5$a$b", algorithm="django"
    )


def test_text_of_a_secret_without_a_hint_is_its_key_id(slow):
    assert str(slow) == "imported-1"


def test_slow_digest_is_replaced_by_a_fast_one(slow, django_assert_num_queries):
    with django_assert_num_queries(1):
        replace_digest(slow.pk, slow="md5$a$b", fast="1" * 64)
    slow.refresh_from_db()
    assert (slow.digest, slow.algorithm) == ("1" * 64, "sha256")


def test_digest_that_another_replaced_already_stays(slow):
    replace_digest(slow.pk, slow="md5$a$b", fast="1" * 64)
    replace_digest(slow.pk, slow="md5$a$b", fast="2" * 64)
    slow.refresh_from_db()
    assert slow.digest == "1" * 64
