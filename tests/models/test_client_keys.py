from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oauth_m2m.models import ClientKey

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def key(registered) -> ClientKey:
    return ClientKey.objects.create(client=registered.client, kid="mine", public_jwk={"kty": "EC"})


@pytest.mark.parametrize(
    "changes, state",
    [
        ({}, "active"),
        ({"not_before": -HOUR, "expires_at": HOUR}, "active"),
        ({"not_before": HOUR}, "not yet valid"),
        ({"expires_at": -HOUR}, "expired"),
        ({"expires_at": -HOUR, "revoked_at": -HOUR}, "revoked"),
        ({"not_before": HOUR, "revoked_at": HOUR}, "revoked"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value) or "nothing",
)
def test_state_is_one_word(key, changes, state):
    for name, length in changes.items():
        setattr(key, name, timezone.now() + length)
    assert key.state == state


def test_kid_is_the_name_and_stands_once(key, register):
    assert str(key) == "mine"
    ClientKey.objects.create(client=register("a").client, kid="mine", public_jwk={})
    for kid in ("mine", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClientKey.objects.create(client=key.client, kid=kid, public_jwk={})


def test_newest_key_comes_first(key):
    newer = ClientKey.objects.create(client=key.client, kid="newer", public_jwk={})
    assert list(ClientKey.objects.all()) == [newer, key]
    assert list(ClientKey.objects.for_client(key.client).active()) == [newer, key]
