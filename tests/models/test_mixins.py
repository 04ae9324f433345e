from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.models import Client, ClientSecret

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def client():
    client = Client.objects.create(name="Nightly")
    rows = {
        "for ever": {},
        "later": {"expires_at": NOW + HOUR},
        "now": {"expires_at": NOW},
        "over": {"expires_at": NOW - HOUR},
        "revoked": {"revoked_at": NOW},
        "revoked and over": {"revoked_at": NOW, "expires_at": NOW - HOUR},
    }
    for key_id, fields in rows.items():
        ClientSecret.objects.create(
            client=client, key_id=key_id, digest="d", created_at=NOW - 2 * HOUR, **fields
        )
    return client


def key_ids(rows) -> set[str]:
    return {row.key_id for row in rows}


@pytest.mark.parametrize(
    "now, active, expired",
    [
        (NOW, {"for ever", "later"}, {"now", "over", "revoked and over"}),
        (
            NOW + HOUR,
            {"for ever"},
            {"later", "now", "over", "revoked and over"},
        ),
        (
            NOW - timedelta(minutes=1),
            {"for ever", "later", "now"},
            {"over", "revoked and over"},
        ),
    ],
    ids=["now", "in an hour", "a minute ago"],
)
def test_rows_are_active_or_expired_at_a_moment(client, now, active, expired):
    assert key_ids(ClientSecret.objects.active(now)) == active
    assert key_ids(ClientSecret.objects.expired(now)) == expired


def test_the_moment_is_now_unless_given(client):
    assert key_ids(ClientSecret.objects.active()) == {"for ever", "later"}
    assert key_ids(ClientSecret.objects.expired()) == {"now", "over", "revoked and over"}


@pytest.mark.parametrize(
    "expires_at, expired",
    [(None, False), (NOW + HOUR, False), (NOW, True), (NOW - HOUR, True)],
    ids=["never", "later", "this very moment", "over"],
)
def test_row_knows_whether_it_is_expired(expires_at, expired):
    assert ClientSecret(expires_at=expires_at).is_expired(NOW) is expired
    assert ClientSecret(expires_at=expires_at).is_expired() is expired


def test_rows_of_one_client(client):
    other = Client.objects.create(name="Other")
    ClientSecret.objects.create(client=other, key_id="other", digest="d")
    assert key_ids(ClientSecret.objects.for_client(other)) == {"other"}
    assert ClientSecret.objects.for_client(client).active().count() == 2
