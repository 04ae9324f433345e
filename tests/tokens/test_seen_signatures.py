"""A signature is checked once; everything else about a signed token at every call."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.keys.signing import forget_ring
from oauth_m2m.models import AccessToken, Client, SigningKey
from oauth_m2m.tokens import seen_signatures, verify_token
from oauth_m2m.tokens.seen_signatures import claims_if_seen
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

ISSUER = "https://auth.example.com"
ADDRESS = "192.0.2.7"


@pytest.fixture
def machine(register) -> Registered:
    return register("a", token_format="jwt")


@pytest.fixture
def token(machine, get_token) -> str:
    return get_token(machine)


@pytest.fixture
def seen(token) -> str:
    """A token that this process has verified."""
    verify_token(token, ADDRESS)
    return token


def refusal(token: str, address: str = ADDRESS) -> Reason:
    with pytest.raises(InvalidToken) as refused:
        verify_token(token, address)
    return refused.value.reason


def test_token_is_known_once_it_was_verified(token):
    assert claims_if_seen(token, ISSUER) is None
    first = verify_token(token, ADDRESS)
    assert claims_if_seen(token, ISSUER) == first.claims
    assert verify_token(token, ADDRESS) == first


def test_signature_is_not_checked_again(seen, monkeypatch):
    def fail(*_arguments: object, **_more: object) -> None:
        message = "checked again"
        raise AssertionError(message)

    monkeypatch.setattr("oauth_m2m.tokens.signed_jwt.verify_jwt", fail)
    assert verify_token(seen, ADDRESS).scopes == ("a",)


def test_one_letter_more_or_less_is_another_token(seen):
    head, claims, signature = seen.split(".")
    forged = "A" if signature[0] != "A" else "B"
    assert refusal(f"{head}.{claims}.{forged}{signature[1:]}") is Reason.WRONG_SIGNATURE
    assert refusal(f"{head}.{claims}.") is Reason.WRONG_SIGNATURE
    assert verify_token(seen, ADDRESS).scopes == ("a",)


def test_what_was_refused_is_not_remembered(token):
    forged = token[:-10] + "AAAAAAAAAA"
    for _ in range(2):
        assert refusal(forged) is Reason.WRONG_SIGNATURE
    assert len(seen_signatures._seen) == 0


def test_withdrawn_key_proves_nothing_any_more(seen):
    SigningKey.objects.all().delete()
    forget_ring()
    assert refusal(seen) is Reason.UNKNOWN_KEY


def test_another_key_under_the_same_id_proves_nothing(seen, machine, get_token):
    kid = SigningKey.objects.get().kid
    SigningKey.objects.all().delete()
    forget_ring()
    get_token(machine)
    # An id is a thumbprint, so this takes somebody who can write our table.
    [other] = SigningKey.objects.all()
    other.public_jwk["kid"] = kid
    other.kid = kid
    other.save()
    forget_ring()
    assert refusal(seen) is Reason.WRONG_SIGNATURE


def test_ring_that_was_read_anew_has_the_same_key(seen, monkeypatch):
    forget_ring()
    assert claims_if_seen(seen, ISSUER) is not None


def test_another_issuer_has_not_seen_it(seen, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": "https://other.example.com"}
    assert refusal(seen) is Reason.FOREIGN_TOKEN
    assert claims_if_seen(seen, "https://other.example.com") is None


def test_its_end_comes_to_the_second(seen, monkeypatch):
    ends_at = verify_token(seen, ADDRESS).expires_at
    monkeypatch.setattr(timezone, "now", lambda: ends_at - timedelta(microseconds=1))
    assert verify_token(seen, ADDRESS).scopes == ("a",)
    monkeypatch.setattr(timezone, "now", lambda: ends_at)
    assert refusal(seen) is Reason.TOKEN_EXPIRED


def test_revocation_network_and_audience_are_checked_at_every_call(seen, settings, machine):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REVOCATION_REFRESH_SECONDS": 0}
    Client.objects.update(allowed_networks=["192.0.2.0/24"])
    assert verify_token(seen, ADDRESS).scopes == ("a",)
    assert refusal(seen, "198.51.100.7") is Reason.NETWORK_NOT_ALLOWED
    Client.objects.update(is_active=False)
    assert refusal(seen) is Reason.CLIENT_DISABLED
    Client.objects.update(is_active=True)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPTED_AUDIENCES": ["https://other.example"]}
    assert refusal(seen) is Reason.WRONG_AUDIENCE
    token_id = claims_if_seen(seen, ISSUER)["jti"]
    now = timezone.now()
    AccessToken.objects.create(
        token_hash="a",
        client=machine.client,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        revoked_at=now,
        format="jwt",
        jti=token_id,
    )
    assert refusal(seen) is Reason.TOKEN_REVOKED


def test_what_a_view_changes_shows_in_no_other_call(seen):
    verify_token(seen, ADDRESS).claims["scope"] = "everything"
    assert verify_token(seen, ADDRESS).scope == "a"


def test_nothing_of_the_token_is_kept(seen):
    assert seen not in repr(seen_signatures._seen._state[0])
    assert len(seen_signatures._seen) == 1


def test_memory_is_bounded():
    assert seen_signatures._seen.max_entries == seen_signatures.MAX_SIGNATURES == 10_000
