from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from oauth_m2m.models import AccessToken, Client, SeenAssertion

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def fields():
    client = Client.objects.create(name="Nightly")
    return {"token_hash": "h", "client": client, "issued_at": NOW, "expires_at": NOW + HOUR}


@pytest.mark.parametrize(
    "wrong, constraint",
    [
        ({"token_hash": ""}, "m2m_token_has_hash"),
        ({"expires_at": NOW}, "m2m_token_expires_after_issue"),
        ({"expires_at": NOW - HOUR}, "m2m_token_expires_after_issue"),
        ({"expires_at": None}, "expires_at"),
        ({"token_hash": "taken"}, "token_hash"),
        ({"jti": "taken"}, "jti"),
    ],
    ids=["no hash", "expires at once", "expires before", "never expires", "hash", "jti"],
)
def test_database_refuses(fields, wrong, constraint):
    AccessToken.objects.create(**{**fields, "token_hash": "taken", "jti": "taken"})
    with pytest.raises(IntegrityError, match=constraint):
        AccessToken.objects.create(**{**fields, **wrong})


def test_many_tokens_have_no_jti(fields):
    for token_hash in ("a", "b"):
        AccessToken.objects.create(**{**fields, "token_hash": token_hash})
    assert AccessToken.objects.filter(jti=None).count() == 2


@pytest.mark.parametrize(
    "model, column",
    [(AccessToken, "token_hash"), (AccessToken, "jti"), (SeenAssertion, "digest")],
)
def test_what_is_written_with_every_token_is_in_one_index(model, column):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    indexes = [one for one in found.values() if one["index"] or one["unique"]]
    assert [one["unique"] for one in indexes if one["columns"] == [column]] == [True]


def test_text_of_a_token_is_its_number(fields):
    token = AccessToken.objects.create(**fields)
    assert str(token) == f"#{token.pk}"
    assert token.format == "opaque"


@pytest.mark.parametrize(
    "changed, cut, state",
    [
        ({}, None, "active"),
        ({"expires_at": NOW}, None, "expired"),
        ({"revoked_at": NOW}, None, "revoked"),
        ({"revoked_at": NOW, "expires_at": NOW}, None, "revoked"),
        ({}, NOW, "revoked"),
        ({}, NOW + HOUR, "revoked"),
        ({}, NOW - HOUR, "active"),
        ({"expires_at": NOW}, NOW - HOUR, "expired"),
    ],
    ids=[
        "good",
        "expired",
        "revoked",
        "revoked and expired",
        "cut when it was issued",
        "cut later",
        "cut before",
        "cut before and expired",
    ],
)
def test_state_is_one_word(fields, changed, cut, state):
    fields["client"].tokens_valid_after = cut
    assert AccessToken(**{**fields, **changed}).state == state


def test_newest_token_comes_first(fields):
    for token_hash in ("a", "b"):
        AccessToken.objects.create(**{**fields, "token_hash": token_hash})
    assert [token.token_hash for token in AccessToken.objects.all()] == ["b", "a"]


def test_tokens_go_with_their_client(fields):
    AccessToken.objects.create(**fields)
    fields["client"].delete()
    assert not AccessToken.objects.exists()
