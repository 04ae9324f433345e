from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oauth_m2m.models import HandOver

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def make_link(registered):
    """Make a row that expires in an hour, unless told otherwise."""

    def make_link(**fields) -> HandOver:
        now = timezone.now()
        digest = f"{HandOver.objects.count():064x}"
        known = {"created_at": now - 2 * HOUR, "expires_at": now + HOUR, "token_digest": digest}
        return HandOver.objects.create(client=registered.client, **{**known, **fields})

    return make_link


@pytest.mark.parametrize(
    "fields, state",
    [
        pytest.param({}, "waiting", id="nobody opened it"),
        pytest.param({"expires_at": -HOUR}, "expired", id="its time is over"),
        pytest.param({"claimed_at": -HOUR}, "claimed", id="somebody opened it"),
        pytest.param(
            {"claimed_at": -HOUR, "expires_at": -HOUR / 2}, "claimed", id="opened, and time over"
        ),
        pytest.param({"withdrawn_at": -HOUR}, "withdrawn", id="withdrawn"),
        pytest.param(
            {"withdrawn_at": -HOUR, "expires_at": -HOUR / 2}, "withdrawn", id="withdrawn, time over"
        ),
    ],
)
def test_state_is_what_happened_first(make_link, fields, state):
    now = timezone.now()
    link = make_link(**{name: now + offset for name, offset in fields.items()})
    assert link.state == state
    assert HandOver.objects.waiting().exists() is (state == "waiting")


def test_newest_comes_first(make_link):
    now = timezone.now()
    old, new = (make_link(created_at=now - hours * HOUR) for hours in (2, 1))
    assert list(HandOver.objects.all()) == [new, old]


def test_link_ends_in_one_way_only(make_link):
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_link(claimed_at=now, withdrawn_at=now)


def test_link_expires_after_it_was_made(make_link):
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_link(created_at=now, expires_at=now)


def test_token_opens_one_link(make_link):
    make_link(token_digest="d" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_link(token_digest="d" * 64)


def test_name_shows_no_digest(make_link):
    link = make_link()
    assert str(link) == f"#{link.pk}"


def test_secret_may_go_before_its_link(make_link, registered):
    link = make_link(secret=registered.client.secrets.get())
    registered.client.secrets.get().delete()
    link.refresh_from_db()
    assert link.secret is None
