from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.models.missed_secrets import would_be_missed
from oauth_m2m.operations.credentials import rotate_secret
from oauth_m2m.rotation.uses import flush, record_retiring_use

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "how, is_used, is_missed",
    [
        (None, False, True),
        ({"overlap": HOUR}, False, False),
        ({"overlap": HOUR}, True, True),
        ({"until_unused": HOUR}, True, False),
        ({"until_unused": HOUR, "overlap": 2 * HOUR}, True, False),
        ({"until_unused": 2 * HOUR, "overlap": HOUR}, False, False),
        ({"until_unused": 2 * HOUR, "overlap": HOUR}, True, True),
    ],
    ids=[
        "never replaced",
        "replaced and unused",
        "replaced and still used",
        "moves on with each use",
        "moves on with each use before its last day",
        "unused before its last day",
        "used until its last day",
    ],
)
def test_secrets_that_are_needed_are_missed(registered, actor, how, is_used, is_missed):
    secret = ClientSecret.objects.get()
    if how is not None:
        ClientSecret.objects.update(last_used_at=timezone.now() - HOUR)
        rotate_secret(registered.client, actor=actor, **how)
    if is_used:
        record_retiring_use(secret.pk, "192.0.2.7")
        flush()
    found = ClientSecret.objects.filter(would_be_missed(), pk=secret.pk)
    assert found.exists() is is_missed
    through = Client.objects.filter(would_be_missed("secrets__"), secrets=secret)
    assert through.exists() is is_missed
