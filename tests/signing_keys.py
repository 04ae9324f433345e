"""Signing keys in any state, for tests that look at them."""

from datetime import timedelta

from django.utils import timezone

from oauth_m2m.keys.signing import create_key
from oauth_m2m.models import SigningKey

DAY = timedelta(days=1)


def make_key(
    algorithm: str = "ES256",
    *,
    announced: float,
    signs: float,
    until: float | None = None,
    verifies: float | None = None,
) -> SigningKey:
    """Store a key; its moments are in days from now, negative ones are past."""
    now = timezone.now()
    generation = SigningKey.objects.filter(algorithm=algorithm).count() + 1
    key = create_key(algorithm, generation, now + signs * DAY)
    key.announced_at = now + announced * DAY
    key.retires_at = None if until is None else now + until * DAY
    key.expires_at = None if verifies is None else now + verifies * DAY
    key.save()
    return key
