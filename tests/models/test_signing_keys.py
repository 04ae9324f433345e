"""What the table of signing keys holds, and what it refuses to hold."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oauth_m2m.keys.signing import create_key
from oauth_m2m.models import SigningKey

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)


def row(number: int = 1, **changes) -> SigningKey:
    fields = {
        "kid": f"kid {number}",
        "algorithm": "ES256",
        "generation": number,
        "private_key": "encrypted",
        "public_jwk": {"kty": "EC"},
        "announced_at": NOW - 4 * HOUR,
        "activates_at": NOW - 3 * HOUR,
    }
    return SigningKey(**{**fields, **changes})


@pytest.mark.parametrize(
    "moments, state",
    [
        pytest.param({"activates_at": NOW + HOUR}, "announced", id="not yet active"),
        pytest.param({}, "active", id="active"),
        pytest.param(
            {"retires_at": NOW + HOUR, "expires_at": NOW + 2 * HOUR}, "active", id="to retire"
        ),
        pytest.param({"retires_at": NOW - HOUR, "expires_at": NOW + HOUR}, "retired", id="retired"),
        pytest.param({"retires_at": NOW - HOUR, "expires_at": NOW - HOUR}, "expired", id="expired"),
    ],
)
def test_state_follows_the_moments(moments, state):
    key = row(**moments)
    key.save()
    assert key.state == state
    assert SigningKey.objects.published().exists() is (state != "expired")


def test_published_asks_for_any_moment():
    row(retires_at=NOW, expires_at=NOW + HOUR).save()
    assert SigningKey.objects.published(NOW + HOUR - timedelta(seconds=1)).exists()
    assert not SigningKey.objects.published(NOW + HOUR).exists()


def test_keys_are_ordered_by_algorithm_and_the_newest_first():
    for number, algorithm in ((1, "RS256"), (2, "ES256"), (3, "ES256")):
        row(number, algorithm=algorithm).save()
    assert [key.generation for key in SigningKey.objects.all()] == [3, 2, 1]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"generation": 1}, id="the same generation"),
        pytest.param({"kid": "kid 1"}, id="the same kid"),
        pytest.param({"activates_at": NOW - 5 * HOUR}, id="signs before it is announced"),
        pytest.param({"retires_at": NOW}, id="retires and never expires"),
        pytest.param({"expires_at": NOW}, id="expires and never retires"),
        pytest.param({"retires_at": NOW, "expires_at": NOW - HOUR}, id="expires before it retires"),
    ],
)
def test_database_refuses_what_cannot_be(changes):
    row(1).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        row(2, **changes).save()


def test_other_algorithm_counts_its_own_generations():
    row(1).save()
    row(2, generation=1, algorithm="EdDSA").save()
    assert SigningKey.objects.count() == 2


def test_text_shows_the_algorithm_and_the_start_of_the_kid():
    key = create_key("EdDSA", 1, NOW)
    assert str(key) == f"EdDSA {key.kid[:8]}"
    assert repr(key) == f"<SigningKey: EdDSA {key.kid[:8]}>"
