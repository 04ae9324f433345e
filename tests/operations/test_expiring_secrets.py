from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.operations.credentials import add_secret, rotate_secret
from oauth_m2m.operations.expiring_secrets import due_clients, is_due

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def due(register):
    """A client whose only secret ends in a week."""
    client = register("a", name="Due").client
    ClientSecret.objects.filter(client=client).update(expires_at=timezone.now() + 7 * DAY)
    return client


def soon() -> list[Client]:
    return due_clients(timezone.now() + 30 * DAY)


def test_client_whose_last_secret_ends_soon_is_due(due, register):
    register("a", name="Lives for ever")
    assert soon() == [due]
    assert is_due(due, timezone.now() + 30 * DAY)
    assert due_clients(timezone.now() + 6 * DAY) == []
    assert not is_due(due, timezone.now() + 6 * DAY)


def test_clients_come_by_their_names(due, register):
    earlier = register("a", name="Alarm").client
    ClientSecret.objects.update(expires_at=timezone.now() + DAY)
    assert soon() == [earlier, due]


@pytest.mark.parametrize("lifetime", [None, 60 * DAY], ids=["for ever", "longer"])
def test_client_with_a_secret_that_lives_longer_is_not_due(due, actor, lifetime):
    add_secret(due, actor=actor, lifetime=lifetime)
    assert soon() == []


def test_rotated_client_is_not_due_again(due, actor):
    rotate_secret(due, actor=actor, overlap=DAY)
    assert soon() == []


def test_rotated_client_is_due_when_its_new_secret_ends_soon(due, actor):
    rotate_secret(due, actor=actor, lifetime=10 * DAY)
    assert soon() == [due]


def test_client_whose_own_proposal_was_never_used_is_due(due, actor):
    secret = due.secrets.get()
    add_secret(due, actor=actor)
    due.secrets.exclude(pk=secret.pk).update(replaces=secret, awaits_use=True)
    assert soon() == [due]


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"auth_methods": ["private_key_jwt"]},
    ],
    ids=["disabled", "with keys"],
)
def test_client_that_uses_no_secret_is_left_out(due, change):
    Client.objects.update(**change)
    assert soon() == []


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_client_without_a_working_secret_is_left_out(due, end):
    now = timezone.now()
    ClientSecret.objects.update(created_at=now - DAY, **{end: now})
    assert soon() == []
