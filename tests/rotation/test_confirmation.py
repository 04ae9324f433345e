from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.client_auth.shared_secret import prove_secret
from oauth_m2m.models import AuditEvent, ClientSecret
from oauth_m2m.operations.proposals import propose_secret
from oauth_m2m.rotation.confirmation import confirm_proposal

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def proposal(registered, actor) -> ClientSecret:
    proven = prove_secret(
        registered.client_id, registered.secret, method="client_secret_basic", address=None
    )
    return ClientSecret.objects.get(pk=propose_secret(proven, actor=actor).pk)


def confirm(proposal: ClientSecret) -> ClientSecret:
    """Confirm, and return the secret that is replaced."""
    confirm_proposal(proposal.client_id, proposal.pk, "192.0.2.7")
    return ClientSecret.objects.get(pk=proposal.replaces_id)


def detail() -> dict[str, object]:
    return AuditEvent.objects.get(kind="secret.confirmed").detail


def test_confirmation_ends_the_one_before_after_the_setting(proposal, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ROTATION_OVERLAP": HOUR}
    old = confirm(proposal)
    assert old.expires_at - old.retiring_since == HOUR
    assert detail() == {
        "key_id": proposal.key_id,
        "old": [old.key_id],
        "old_end_at": old.expires_at.isoformat(),
    }
    proposal.refresh_from_db()
    assert not proposal.awaits_use


def test_confirmation_ends_the_one_before_once_it_is_unused(proposal, settings):
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "ROTATION_OVERLAP": 36 * HOUR,
        "CLIENT_ROTATION": "until_unused",
    }
    old = confirm(proposal)
    assert old.unused_limit == 36 * HOUR
    assert (detail()["old_end_at"], detail()["old_unused_hours"]) == (None, 36)


@pytest.mark.parametrize("mode", ["overlap", "until_unused"])
def test_confirmation_ends_the_one_before_now_without_an_overlap(proposal, settings, mode):
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "ROTATION_OVERLAP": 0,
        "CLIENT_ROTATION": mode,
    }
    assert confirm(proposal).state == "revoked"


def test_second_confirmation_does_nothing(proposal):
    first = confirm(proposal).retiring_since
    assert confirm(proposal).retiring_since == first
    assert AuditEvent.objects.filter(kind="secret.confirmed").count() == 1


def test_one_before_that_is_over_stays_so(proposal):
    now = timezone.now()
    ClientSecret.objects.filter(pk=proposal.replaces_id).update(
        created_at=now - HOUR, expires_at=now
    )
    assert confirm(proposal).retiring_since is None
    assert detail() == {"key_id": proposal.key_id, "old": []}
