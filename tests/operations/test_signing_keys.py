"""Rotation of the keys that sign tokens, in one process."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.keys.signing import (
    REFRESH_SECONDS,
    create_key,
    current_ring,
    forget_ring,
    signing_handle,
    verification_key,
)
from oauth_m2m.models import AuditEvent, ResourceServer, SigningKey
from oauth_m2m.operations.signing_keys import (
    _bring_forward,
    longest_token_lifetime,
    rotate_signing_keys,
)
from tests.keys.rivals import another_process_acts
from tests.statements import column

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
REFRESH = timedelta(seconds=REFRESH_SECONDS)


@pytest.fixture
def rotate(actor):
    def rotate(**changes):
        return rotate_signing_keys(
            **{"actor": actor, "algorithm": "ES256", "announce": 7 * DAY, **changes}
        )

    return rotate


def let_pass(time: timedelta) -> None:
    """Move all moments of all keys into the past, as time does."""
    for key in SigningKey.objects.all():
        for name in ("announced_at", "activates_at", "retires_at", "expires_at"):
            moment = getattr(key, name)
            setattr(key, name, None if moment is None else moment - time)
        key.save()
    forget_ring()


def published() -> set[str]:
    return {jwk["kid"] for jwk in current_ring().public_jwks}


def test_first_rotation_makes_a_key_that_signs_at_once(rotate):
    rotation = rotate()
    assert (rotation.is_new, rotation.retired) == (True, ())
    assert (rotation.key.generation, rotation.key.state) == (1, "active")
    assert signing_handle("ES256").kid == rotation.key.kid
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor_name, event.client) == (
        "signing_key.rotated",
        "the tests",
        None,
    )
    assert event.detail == {
        "kid": rotation.key.kid,
        "algorithm": "ES256",
        "signs_from": rotation.key.activates_at.isoformat(),
        "retired": [],
    }


def test_key_lives_through_its_four_moments(rotate):
    old = rotate().key
    let_pass(DAY)
    new = rotate().key
    # Announced: everybody can fetch it before the first token that it signs.
    assert (old.kid, {old.kid, new.kid}) == (signing_handle("ES256").kid, published())
    let_pass(7 * DAY - timedelta(minutes=1))
    assert signing_handle("ES256").kid == old.kid
    # Active: the old one verifies until the last token that it signed has expired.
    let_pass(timedelta(minutes=1))
    assert signing_handle("ES256").kid == new.kid
    assert verification_key(old.kid) is not None
    let_pass(timedelta(hours=1))
    assert verification_key(old.kid) is not None
    # Gone.
    let_pass(REFRESH)
    assert published() == {new.kid}
    assert verification_key(old.kid) is None


def test_token_of_the_old_key_is_accepted_to_its_end(register, get_token, http, rotate):
    machine = register("orders:read", token_format="jwt")
    rotate()
    headers = {"Authorization": f"Bearer {get_token(machine)}"}
    rotate(announce=timedelta(0))
    assert http.get("/api/orders/", headers=headers).status_code == 200
    fresh = {"Authorization": f"Bearer {get_token(machine)}"}
    let_pass(timedelta(hours=1) + REFRESH)
    assert http.get("/api/orders/", headers=headers).status_code == 401
    assert http.get("/api/orders/", headers=fresh).status_code == 200


def test_rotation_in_progress_is_returned_as_it_is(rotate):
    rotate()
    first = rotate()
    for _ in range(3):
        again = rotate()
        assert (again.key, again.is_new, again.retired) == (first.key, False, ())
    assert SigningKey.objects.count() == 2
    assert AuditEvent.objects.count() == 2


def test_announced_key_signs_at_once_when_the_old_one_leaked(rotate):
    old = rotate().key
    new = rotate().key
    rotation = rotate(announce=timedelta(0), retain=timedelta(0))
    assert (rotation.key, rotation.is_new, rotation.retired) == (new, True, (old,))
    assert signing_handle("ES256").kid == new.kid
    assert published() == {new.kid}
    assert verification_key(old.kid) is None
    assert SigningKey.objects.count() == 2
    assert AuditEvent.objects.filter(kind="signing_key.rotated").count() == 3


def test_key_of_a_server_whose_clock_is_ahead_signs_from_its_announcement(rotate, monkeypatch):
    old, right = rotate().key, timezone.now
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: right() + timedelta(minutes=1))
        new = rotate().key
    rotation = rotate(announce=timedelta(0))
    assert (rotation.key, rotation.is_new, rotation.retired) == (new, True, (old,))
    assert rotation.key.activates_at == new.announced_at
    again = rotate(announce=timedelta(0))
    assert (again.key, again.is_new) == (new, False)


def test_key_that_another_process_brought_forward_is_left_alone(rotate, actor):
    rotate()
    stale = rotate().key
    done = rotate(announce=timedelta(0)).key
    again = _bring_forward(actor, stale, timezone.now(), None)
    assert (again.key, again.is_new) == (done, False)
    assert again.key.activates_at == done.activates_at


def test_next_rotation_begins_when_the_last_one_is_over_and_touches_no_retired_key(rotate):
    first = rotate().key
    second = rotate().key
    let_pass(7 * DAY)
    first.refresh_from_db()
    rotation = rotate()
    assert (rotation.is_new, rotation.retired) == (True, (second,))
    before = (first.retires_at, first.expires_at)
    first.refresh_from_db()
    assert (first.retires_at, first.expires_at) == before
    assert [key.generation for key in SigningKey.objects.all()] == [3, 2, 1]


def test_rotation_without_announcement_signs_with_the_new_key_at_once(rotate):
    old = rotate().key
    rotation = rotate(announce=timedelta(0))
    assert rotation.retired == (old,)
    assert signing_handle("ES256").kid == rotation.key.kid
    assert verification_key(old.kid) is not None
    assert AuditEvent.objects.latest("pk").detail["retired"] == [old.kid]


def test_retained_for_no_time_the_old_key_verifies_no_more(rotate):
    old = rotate().key
    new = rotate(announce=timedelta(0), retain=timedelta(0)).key
    assert published() == {new.kid}
    assert verification_key(old.kid) is None
    old.refresh_from_db()
    assert (old.retires_at, old.expires_at) == (new.activates_at, new.activates_at)


def test_retained_for_a_given_time(rotate):
    old = rotate().key
    new = rotate(retain=3 * DAY).key
    old.refresh_from_db()
    assert (old.retires_at, old.expires_at) == (new.activates_at, new.activates_at + 3 * DAY)


def test_retained_for_the_longest_life_of_a_token_unless_given(rotate, register):
    register("a", token_lifetime=2 * 24 * 3600)
    old = rotate().key
    new = rotate().key
    old.refresh_from_db()
    assert old.expires_at == new.activates_at + 2 * DAY + REFRESH


def test_longest_life_is_that_of_the_setting_a_client_or_an_api(register, settings):
    assert longest_token_lifetime() == timedelta(hours=1)
    register("a", token_lifetime=7200)
    assert longest_token_lifetime() == timedelta(hours=2)
    ResourceServer.objects.create(identifier="https://a.example", token_lifetime=10_800)
    assert longest_token_lifetime() == timedelta(hours=3)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCESS_TOKEN_LIFETIME": 14_400}
    assert longest_token_lifetime() == timedelta(hours=4)


def test_algorithms_rotate_apart(rotate):
    first = rotate().key
    other = rotate(algorithm="EdDSA").key
    assert (first.state, other.state, other.generation) == ("active", "active", 1)
    rotate(algorithm="EdDSA", announce=timedelta(0))
    first.refresh_from_db()
    assert first.retires_at is None


def test_rotation_that_another_process_began_meanwhile_is_returned(rotate):
    rotate()
    rivals = []

    def act() -> None:
        rivals.append(create_key("ES256", 2, timezone.now() + 7 * DAY))

    with another_process_acts(f"{column(SigningKey, 'generation')} DESC LIMIT 1", act):
        rotation = rotate()
    assert (rotation.key, rotation.is_new, rotation.retired) == (rivals[0], False, ())
    assert AuditEvent.objects.count() == 1
