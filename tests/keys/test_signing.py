"""The ring of signing keys in one process."""

import logging
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.keys import signing
from oauth_m2m.keys.encryption import decrypt
from oauth_m2m.keys.jwk import private_pem, public_jwk
from oauth_m2m.keys.signing import (
    REFRESH_SECONDS,
    create_key,
    current_ring,
    forget_ring,
    signing_handle,
    verification_key,
)
from oauth_m2m.models import AuditEvent, SigningKey
from tests.keys.rivals import another_process_acts
from tests.statements import column

pytestmark = pytest.mark.django_db

LOGGER = "oauth_m2m.keys"


def let_pass(seconds: float) -> None:
    """Make this process's ring older."""
    signing._ring = replace(signing._ring, read_at=signing._ring.read_at - seconds)


def statements(call) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return len(captured)


def test_first_need_makes_a_key_that_signs_at_once():
    handle = signing_handle("ES256")
    row = SigningKey.objects.get()
    assert (row.kid, row.algorithm, row.generation) == (handle.kid, "ES256", 1)
    assert (row.state, row.retires_at, row.expires_at) == ("active", None, None)
    assert row.public_jwk == public_jwk(handle.private_key, "ES256")
    assert decrypt(row.private_key) == private_pem(handle.private_key)


def test_second_need_takes_the_same_key_and_no_statement():
    first = signing_handle("ES256")
    assert statements(lambda: signing_handle("ES256")) == 0
    assert signing_handle("ES256") is first
    assert SigningKey.objects.count() == 1


@pytest.mark.parametrize("algorithm", protocol.SIGNING_ALGORITHMS)
def test_each_algorithm_gets_a_key_of_its_own(algorithm):
    other = signing_handle("EdDSA" if algorithm == "ES256" else "ES256")
    handle = signing_handle(algorithm)
    assert handle.algorithm == algorithm
    assert {row.kid for row in SigningKey.objects.all()} == {handle.kid, other.kid}
    assert verification_key(handle.kid).algorithm_name == algorithm


NEWEST_GENERATION = f"MAX({column(SigningKey, 'generation')})"
RING = f"ORDER BY {column(SigningKey, 'generation')} DESC"


@pytest.mark.parametrize(
    "after, has_lost",
    [
        pytest.param(RING, False, id="after-the-ring-was-read"),
        pytest.param(NEWEST_GENERATION, False, id="after-the-generation-was-read"),
        pytest.param(RING, True, id="after-the-ring-was-read-again"),
    ],
)
def test_key_that_another_process_makes_meanwhile_is_the_only_one(after, has_lost, caplog):
    caplog.set_level(logging.INFO, LOGGER)
    if has_lost:
        current_ring()
    with another_process_acts(after, lambda: create_key("ES256", 1, timezone.now())):
        handle = signing_handle("ES256")
    assert SigningKey.objects.get().kid == handle.kid
    assert ("another process made the ES256 signing key" in caplog.messages) == has_lost


def test_key_that_another_process_made_earlier_is_found_although_the_ring_is_fresh():
    assert current_ring().handles == ()
    made = create_key("ES256", 1, timezone.now())
    assert signing_handle("ES256").kid == made.kid
    assert SigningKey.objects.count() == 1


def test_newest_active_key_signs_and_all_published_verify():
    now = timezone.now()
    old = create_key("ES256", 1, now - timedelta(hours=2))
    new = create_key("ES256", 2, now - timedelta(hours=1))
    announced = create_key("ES256", 3, now + timedelta(hours=1))
    assert signing_handle("ES256").kid == new.kid
    for row in (old, new, announced):
        assert verification_key(row.kid) is not None
    kids = [jwk["kid"] for jwk in current_ring().public_jwks]
    assert kids == [announced.kid, new.kid, old.kid]


def test_announced_key_begins_to_sign_without_reading_the_ring_again():
    now = timezone.now()
    old = create_key("ES256", 1, now - timedelta(hours=1))
    new = create_key("ES256", 2, now + timedelta(hours=1))
    SigningKey.objects.filter(pk=old.pk).update(
        retires_at=new.activates_at, expires_at=new.activates_at
    )
    ring = current_ring()
    assert ring.signer("ES256", now).kid == old.kid
    assert ring.signer("ES256", new.activates_at).kid == new.kid
    assert ring.signer("ES256", now - timedelta(hours=2)) is None


def test_expired_key_is_not_in_the_ring():
    key = create_key("ES256", 1, timezone.now() - timedelta(hours=2))
    moment = timezone.now() - timedelta(seconds=1)
    SigningKey.objects.update(retires_at=moment, expires_at=moment)
    assert current_ring().public_jwks == ()
    assert verification_key(key.kid) is None


def test_ring_is_read_again_when_it_is_too_old():
    current_ring()
    let_pass(REFRESH_SECONDS - 1)
    assert statements(current_ring) == 0
    let_pass(2)
    assert statements(current_ring) == 1
    assert statements(current_ring) == 0


def test_key_of_another_process_is_found_by_its_kid_within_a_second():
    current_ring()
    made = create_key("ES256", 1, timezone.now())
    let_pass(1)
    assert verification_key(made.kid) is not None


def test_unknown_kids_read_the_ring_at_most_once_a_second():
    current_ring()
    assert statements(lambda: [verification_key(f"invented {n}") for n in range(50)]) == 0
    let_pass(1)
    assert statements(lambda: [verification_key(f"invented {n}") for n in range(50)]) == 1


def test_thread_that_waited_for_another_one_takes_what_that_one_read():
    ring = current_ring()
    forget_ring()
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(current_ring()))
    with signing._lock:
        waiting.start()
        time.sleep(0.2)
        signing._ring = ring
    waiting.join()
    assert taken[0] is ring


def test_key_that_cannot_be_decrypted_is_logged_and_verifies_on(settings, caplog):
    old = signing_handle("ES256")
    settings.SECRET_KEY = "another"
    forget_ring()
    new = signing_handle("ES256")
    assert new.kid != old.kid
    assert verification_key(old.kid) is not None
    assert [row.generation for row in SigningKey.objects.order_by("generation")] == [1, 2]
    line = f"signing key {old.kid} cannot be decrypted: KEY_ENCRYPTION_KEYS or SECRET_KEY changed"
    assert set(caplog.messages) == {line}


def test_key_that_can_be_decrypted_signs_while_a_newer_one_cannot(settings):
    readable = signing_handle("ES256")
    settings.SECRET_KEY = "another"
    create_key("ES256", 2, timezone.now())
    settings.SECRET_KEY = "the tests' own"
    forget_ring()
    assert signing_handle("ES256").kid == readable.kid
    assert SigningKey.objects.count() == 2


def test_retired_key_does_not_sign_again_when_its_successor_cannot_be_decrypted(settings):
    retired = signing_handle("ES256")
    moment = timezone.now()
    SigningKey.objects.update(retires_at=moment, expires_at=moment + timedelta(hours=1))
    settings.SECRET_KEY = "another"
    successor = create_key("ES256", 2, moment)
    settings.SECRET_KEY = "the tests' own"
    forget_ring()
    assert signing_handle("ES256").kid not in {retired.kid, successor.kid}


def test_decrypted_garbage_is_left_out_like_an_undecryptable_key(caplog):
    old = signing_handle("ES256")
    SigningKey.objects.update(private_key=signing.encrypt(b"no key at all"))
    forget_ring()
    assert signing_handle("ES256").kid != old.kid
    assert f"signing key {old.kid} cannot be decrypted" in caplog.text


def test_clear_key_is_in_no_table_log_repr_or_audit(caplog):
    caplog.set_level(logging.DEBUG)
    handle = signing_handle("ES256")
    row = SigningKey.objects.get()
    clear = private_pem(handle.private_key).decode()
    number = handle.private_key.private_numbers().private_value
    ring = current_ring()
    stored = [list(SigningKey.objects.values_list()), list(AuditEvent.objects.values_list())]
    seen = f"{stored} {caplog.text} {ring!r} {handle!r} {row!r} {row}"
    for part in (*clear.splitlines()[1:-1], "PRIVATE KEY", str(number), f"{number:x}"):
        assert part not in seen
