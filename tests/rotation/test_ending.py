from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oauth_m2m.models import AuditEvent, ClientSecret
from oauth_m2m.models.credentials import USE_PRECISION
from oauth_m2m.operations.credentials import rotate_secret
from oauth_m2m.rotation.ending import Ending, retire

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def old(registered) -> ClientSecret:
    return registered.client.secrets.get()


def stored(secret: ClientSecret) -> ClientSecret:
    return ClientSecret.objects.get(pk=secret.pk)


def test_secret_that_ends_at_a_moment_does_not_move(old):
    now = timezone.now()
    retire(old, Ending(now, at=now + DAY))
    row = stored(old)
    assert (row.expires_at, row.latest_end_at, row.unused_limit) == (now + DAY, now + DAY, None)
    assert (row.retiring_since, row.is_retiring) == (now, True)
    assert row.end_if_unused_since(now + HOUR) is None


def test_secret_that_ends_once_unused_ends_so_long_after_its_last_use(old):
    now = timezone.now()
    retire(old, Ending(now, once_unused_for=DAY))
    row = stored(old)
    assert row.expires_at == now + DAY + USE_PRECISION
    assert (row.latest_end_at, row.unused_limit) == (None, DAY)
    assert row.end_if_unused_since(now + HOUR) == now + HOUR + DAY + USE_PRECISION


@pytest.mark.parametrize(
    "own_end, at",
    [(2 * DAY, None), (None, 2 * DAY), (5 * DAY, 2 * DAY)],
    ids=["its own", "of the rotation", "of the rotation, before its own"],
)
def test_use_does_not_move_the_end_over_the_last_day(old, own_end, at):
    now = timezone.now()
    old.expires_at = own_end and now + own_end
    retire(old, Ending(now, at and now + at, once_unused_for=DAY))
    row = stored(old)
    assert row.expires_at == now + DAY + USE_PRECISION
    assert row.end_if_unused_since(now + 23 * HOUR) == now + 47 * HOUR + USE_PRECISION
    assert row.end_if_unused_since(now + 30 * HOUR) == now + 2 * DAY


def test_secret_that_would_end_sooner_does_so(old):
    now = timezone.now()
    old.expires_at = now + HOUR
    retire(old, Ending(now, once_unused_for=DAY))
    row = stored(old)
    assert (row.expires_at, row.latest_end_at) == (now + HOUR, now + HOUR)


def test_secret_that_stops_now_is_revoked(old):
    now = timezone.now()
    retire(old, Ending(now, at=now))
    row = stored(old)
    assert (row.revoked_at, row.retiring_since, row.is_retiring) == (now, None, False)


@pytest.mark.parametrize(
    "second, ends_in, limit",
    [
        (Ending(timezone.now(), once_unused_for=2 * DAY), DAY + USE_PRECISION, DAY),
        (Ending(timezone.now(), once_unused_for=HOUR), HOUR + USE_PRECISION, HOUR),
        (Ending(timezone.now(), at=timezone.now() + HOUR), HOUR, DAY),
        (Ending(timezone.now(), at=timezone.now() + 9 * DAY), DAY + USE_PRECISION, DAY),
    ],
    ids=["longer unused", "shorter unused", "an earlier day", "a later day"],
)
def test_second_rotation_only_shortens(old, second, ends_in, limit):
    began = second.since - HOUR / 2
    retire(old, Ending(began, once_unused_for=DAY))
    old.expires_at = second.since + DAY + USE_PRECISION  # as a use just now leaves it
    old.save()
    retire(old, second)
    row = stored(old)
    assert abs(row.expires_at - second.since - ends_in) < timedelta(seconds=10)
    assert (row.retiring_since, row.unused_limit) == (began, limit)


def test_database_takes_no_limit_without_an_end(old):
    old.unused_limit = HOUR
    with transaction.atomic(), pytest.raises(IntegrityError):
        old.save()


def test_secret_that_is_over_retires_no_more(old):
    now = timezone.now()
    retire(old, Ending(now, at=now + DAY))
    assert not ClientSecret(retiring_since=now, expires_at=now).is_retiring
    assert not ClientSecret(retiring_since=now, revoked_at=now).is_retiring
    assert not ClientSecret().is_retiring


def test_rotation_says_how_long_the_old_secret_may_be_unused(registered, actor):
    def detail() -> dict[str, object]:
        return AuditEvent.objects.filter(kind="secret.rotated").latest("pk").detail

    rotate_secret(registered.client, actor=actor, until_unused=HOUR * 1.5)
    said = detail()
    assert (said["old"], said["old_unused_hours"]) == ([registered.key_id], 1.5)
    assert said["old_end_at"] is None
    rotate_secret(registered.client, actor=actor, until_unused=HOUR, overlap=DAY)
    assert detail()["old_end_at"] is not None
