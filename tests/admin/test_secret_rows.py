import re
from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.admin.secret_rows import SOON, date_in_words, secret_rows
from oauth_m2m.client_auth.shared_secret import prove_secret
from oauth_m2m.models import ClientSecret
from oauth_m2m.operations.credentials import revoke_secret, rotate_secret
from oauth_m2m.operations.proposals import propose_secret
from oauth_m2m.rotation.uses import flush, record_retiring_use
from tests.admin.pages import text_of
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


def old(registered: Registered) -> ClientSecret:
    return ClientSecret.objects.get(key_id=registered.key_id)


def said_of(registered: Registered) -> tuple[str, ...]:
    """Return what is said of the old secret after when it was replaced."""
    [row] = [
        row for row in secret_rows(registered.client) if row.secret.key_id == registered.key_id
    ]
    if row.retirement:
        since = date_in_words(row.secret.retiring_since)
        assert row.retirement[0] == f"On {since} another secret replaced it."
    return row.retirement[1:]


def test_nothing_is_said_of_a_secret_that_nothing_replaced(registered):
    assert said_of(registered) == ()


def test_secret_that_stops_at_a_moment_says_when(registered, actor):
    rotate_secret(registered.client, actor=actor, overlap=HOUR)
    end = date_in_words(old(registered).expires_at)
    assert said_of(registered) == ("Nobody has used it since.", f"On {end} it stops.")


def test_secret_that_stops_once_unused_says_after_how_long(registered, actor):
    rotate_secret(registered.client, actor=actor, until_unused=DAY)
    end = date_in_words(old(registered).expires_at)
    assert said_of(registered)[1] == (
        f"It stops once it was unused for 1 day: on {end} if nobody uses it before."
    )


def test_secret_with_both_ends_says_both(registered, actor):
    rotate_secret(registered.client, actor=actor, until_unused=DAY, overlap=7 * DAY)
    end = date_in_words(old(registered).expires_at)
    latest = date_in_words(old(registered).latest_end_at)
    assert said_of(registered)[1] == (
        f"It stops once it was unused for 1 day: on {end} if nobody uses it before."
        f" On {latest} it stops, used or not."
    )


def test_secret_that_reached_its_last_day_says_that_day(registered, actor):
    rotate_secret(registered.client, actor=actor, until_unused=2 * DAY, overlap=DAY)
    end = date_in_words(old(registered).latest_end_at)
    assert said_of(registered)[1] == f"On {end} it stops."


def test_addresses_that_still_use_it_are_named_the_latest_first(registered, actor):
    rotate_secret(registered.client, actor=actor, overlap=DAY)
    for address in ("192.0.2.7", "2001:db8::1"):
        record_retiring_use(old(registered).pk, address)
        flush()
    when = date_in_words(old(registered).last_used_at)
    assert said_of(registered)[0] == (
        f"It is still used: last from 2001:db8::1 ({when}), 192.0.2.7 ({when})."
    )


def test_use_without_an_address_is_said(registered, actor):
    rotate_secret(registered.client, actor=actor, overlap=DAY)
    record_retiring_use(old(registered).pk, None)
    flush()
    when = date_in_words(old(registered).last_used_at)
    assert said_of(registered)[0] == f"It is still used (last: {when})."


def test_use_before_the_rotation_does_not_count(registered, actor):
    ClientSecret.objects.update(last_used_at=timezone.now() - HOUR)
    rotate_secret(registered.client, actor=actor, overlap=DAY)
    assert said_of(registered)[0] == "Nobody has used it since."


@pytest.mark.parametrize("until_unused", [None, DAY], ids=["at a moment", "unused"])
def test_secret_that_stopped_says_why(registered, actor, until_unused):
    how = {"until_unused": until_unused} if until_unused else {"overlap": DAY}
    rotate_secret(registered.client, actor=actor, **how)
    row = old(registered)
    row.created_at, row.expires_at = row.created_at - 9 * DAY, timezone.now() - HOUR
    row.latest_end_at = row.latest_end_at and row.expires_at
    row.save()
    end = date_in_words(row.expires_at)
    assert said_of(registered)[1] == (
        f"On {end} it stopped, because it was unused for 1 day."
        if until_unused
        else f"On {end} it stopped."
    )


def test_nothing_is_said_of_a_secret_that_was_revoked(registered, actor):
    rotate_secret(registered.client, actor=actor, overlap=HOUR)
    revoke_secret(old(registered), actor=actor)
    assert said_of(registered) == ()


def test_proposal_is_shown_until_it_is_used_or_revoked(boss, registered, actor):
    proven = prove_secret(
        registered.client_id, registered.secret, method="client_secret_basic", address=None
    )
    secret = propose_secret(proven, actor=actor)
    sentence = "The client proposed it; its first use confirms it and ends the one before."
    assert secret_rows(registered.client)[0].retirement == (sentence,)
    page = text_of(boss, "client_change", registered.client.pk)
    assert ">proposed</span>" in page
    assert sentence in page
    revoke_secret(ClientSecret.objects.get(pk=secret.pk), actor=actor)
    assert secret_rows(registered.client)[0].retirement == ()


@pytest.mark.parametrize(
    "changes, is_marked",
    [
        ({}, False),
        ({"expires_at": SOON - HOUR}, True),
        ({"expires_at": SOON + HOUR}, False),
        ({"expires_at": SOON - HOUR, "retiring_since": -HOUR}, False),
        ({"expires_at": SOON - HOUR, "revoked_at": -HOUR}, False),
    ],
    ids=["lives for ever", "ends soon", "ends later", "is being replaced", "is revoked"],
)
def test_secret_that_ends_soon_is_marked(boss, registered, changes, is_marked):
    now = timezone.now()
    ClientSecret.objects.update(**{name: now + length for name, length in changes.items()})
    [row] = secret_rows(registered.client)
    assert row.expires_soon is is_marked
    page = text_of(boss, "client_change", registered.client.pk)
    assert ("expires soon" in page) is is_marked


def test_page_shows_state_age_and_who_made_it(boss, ada, registered, actor):
    rotate_secret(registered.client, actor=actor, until_unused=DAY)
    ClientSecret.objects.filter(key_id=registered.key_id).update(
        created_by=ada, created_at=timezone.now() - 7 * DAY
    )
    page = text_of(boss, "client_change", registered.client.pk)
    assert re.search(r"1\sweek\sago by ada", page.replace("&nbsp;", " "))
    assert ">retiring</span>" in page
    assert "It stops once it was unused for 1 day" in page
