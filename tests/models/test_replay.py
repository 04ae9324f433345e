from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from oauth_m2m.models import SeenAssertion
from oauth_m2m.models.replay import remember_once

HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_digest_is_remembered_once_and_the_transaction_lives_on(django_assert_num_queries):
    ends_at = timezone.now() + HOUR
    assert remember_once("a" * 64, ends_at) is True
    assert remember_once("a" * 64, ends_at) is False
    assert remember_once("b" * 64, ends_at) is True
    assert set(SeenAssertion.objects.values_list("digest", "expires_at")) == {
        ("a" * 64, ends_at),
        ("b" * 64, ends_at),
    }


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_one_statement(django_assert_num_queries):
    assert not connection.in_atomic_block
    for expected in (True, False):
        with django_assert_num_queries(1):
            assert remember_once("a" * 64, timezone.now()) is expected
    with transaction.atomic():
        assert remember_once("a" * 64, timezone.now()) is False
        assert SeenAssertion.objects.count() == 1


@pytest.mark.django_db
def test_digest_shows_in_no_name():
    remember_once("a" * 64, timezone.now())
    row = SeenAssertion.objects.get()
    assert str(row) == f"#{row.pk}"
