"""What is asked of every assertion, whoever signed it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from oauth_m2m.client_auth.assertions import (
    ASSERTION_LEEWAY_SECONDS,
    UnverifiedAssertion,
    accepted_audiences,
    check_audience,
    check_time,
    longest_lifetime,
    read_assertion,
    record_use_once,
)
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.keys.strict_jwt import JwtRefused
from oauth_m2m.models import SeenAssertion
from oauth_m2m.operations.tokens import clear_expired
from oauth_m2m.protocol import JWT_BEARER
from tests.client_auth.token_requests import request
from tests.jose import ISSUER, assemble, private_key

ENDPOINT = f"{ISSUER}/oauth/token"
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def assertion_with(**claims: object) -> UnverifiedAssertion:
    return UnverifiedAssertion("a.b.c", {"alg": "ES256"}, claims)


def assert_refused(reason: Reason, check, *args, **kwargs) -> None:
    with pytest.raises(JwtRefused) as refused:
        check(*args, **kwargs)
    assert refused.value.reason is reason


def test_assertion_is_read_with_nothing_proven():
    encoded = assemble({"alg": "ES256", "kid": "1"}, {"iss": "a", "sub": "b"}, private_key("ES256"))
    asked = request(client_assertion_type=JWT_BEARER, client_assertion=encoded)
    assert read_assertion(asked) == UnverifiedAssertion(
        encoded, {"alg": "ES256", "kid": "1"}, {"iss": "a", "sub": "b"}
    )


@pytest.mark.parametrize(
    "body, error, reason",
    [
        ({}, InvalidRequest, Reason.INCOMPLETE_ASSERTION),
        ({"client_assertion": "a.b.c"}, InvalidRequest, Reason.INCOMPLETE_ASSERTION),
        ({"client_assertion_type": JWT_BEARER}, InvalidRequest, Reason.INCOMPLETE_ASSERTION),
        (
            {"client_assertion_type": "urn:other", "client_assertion": "a.b.c"},
            InvalidClient,
            Reason.UNKNOWN_ASSERTION_TYPE,
        ),
        (
            {"client_assertion_type": JWT_BEARER, "client_assertion": "abc"},
            InvalidClient,
            Reason.MALFORMED_TOKEN,
        ),
    ],
    ids=["neither part", "no type", "no assertion", "another type", "no JWT"],
)
def test_assertion_that_cannot_be_read_is_refused(body, error, reason):
    with pytest.raises(error) as refused:
        read_assertion(request(**body))
    assert refused.value.reason is reason


def test_presented_assertion_does_not_show():
    assert repr(assertion_with(iss="a", sub="a", jti="1")) == "UnverifiedAssertion()"


@pytest.mark.parametrize(
    "claims, issuer, subject, own",
    [
        ({"iss": "a", "sub": "a"}, "a", "a", True),
        ({"iss": "https://platform.example", "sub": "a"}, "https://platform.example", "a", False),
        ({"sub": "a"}, "", "a", False),
        ({"iss": "a"}, "a", "", False),
        ({}, "", "", True),
        ({"iss": ["a"], "sub": 1}, "", "", True),
    ],
    ids=["own", "a platform's", "no iss", "no sub", "neither", "no texts"],
)
def test_assertion_says_who_it_is_from_and_about(claims, issuer, subject, own):
    read = assertion_with(**claims)
    assert (read.issuer, read.subject, read.is_own) == (issuer, subject, own)


@pytest.mark.parametrize(
    "issuer, urls, is_strict, accepted",
    [
        (ISSUER, "tests.host.urls", False, (ISSUER, ENDPOINT)),
        (ISSUER, "tests.host.urls", True, (ISSUER,)),
        (ISSUER, "django.contrib.auth.urls", False, (ISSUER,)),
        ("", "tests.host.urls", False, ()),
        ("", "tests.host.urls", True, ()),
    ],
    ids=["lenient", "strict", "no token endpoint", "no issuer", "strict and no issuer"],
)
def test_accepted_audiences(settings, issuer, urls, is_strict, accepted):
    settings.ROOT_URLCONF = urls
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": issuer}
    assert accepted_audiences(is_strict=is_strict) == accepted


@pytest.mark.parametrize(
    "audience, lenient, strict",
    [
        ("us", True, True),
        ("also us", True, True),
        ("them", False, False),
        ("us, also us", False, False),
        ("", False, False),
        (["us"], True, False),
        (["them", "also us"], True, False),
        (["them"], False, False),
        ([], False, False),
        (None, False, False),
    ],
    ids=repr,
)
def test_audience_must_mean_us_and_strictly_nobody_else(audience, lenient, strict):
    for is_strict, passes in ((False, lenient), (True, strict)):
        asked = ({"aud": audience}, ("us", "also us"))
        if passes:
            check_audience(*asked, is_strict=is_strict)
        else:
            assert_refused(Reason.WRONG_AUDIENCE, check_audience, *asked, is_strict=is_strict)


@pytest.mark.parametrize("is_strict", [False, True], ids=["lenient", "strict"])
def test_where_no_audience_means_us_none_passes(is_strict):
    for claims in ({}, {"aud": ""}, {"aud": ISSUER}):
        assert_refused(Reason.WRONG_AUDIENCE, check_audience, claims, (), is_strict=is_strict)


@pytest.mark.parametrize(
    "setting, lenient, strict",
    [
        (None, 5 * MINUTE, 5 * MINUTE),
        (10 * MINUTE, 10 * MINUTE, 5 * MINUTE),
        (60, MINUTE, MINUTE),
    ],
    ids=["default", "longer", "shorter"],
)
def test_setting_never_stretches_the_strict_profile(settings, setting, lenient, strict):
    settings.OAUTH_M2M = {} if setting is None else {"ASSERTION_MAX_LIFETIME": setting}
    assert longest_lifetime(is_strict=False) == lenient
    assert longest_lifetime(is_strict=True) == strict


@pytest.mark.parametrize(
    "ends_at, longest",
    [
        (NOW - 29 * SECOND, 5 * MINUTE),
        (NOW + 5 * MINUTE + 30 * SECOND, 5 * MINUTE),
        (NOW - 29 * SECOND, None),
        (LAST_MOMENT, None),
    ],
    ids=["just over", "longest", "a platform's just over", "a platform's for ever"],
)
def test_end_within_the_leeway_is_returned(monkeypatch, ends_at, longest):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    assert check_time({"exp": ends_at.timestamp()}, longest=longest) == ends_at


@pytest.mark.parametrize(
    "ends_at, longest, reason",
    [
        (NOW - 30 * SECOND, 5 * MINUTE, Reason.ASSERTION_EXPIRED),
        (NOW - 30 * SECOND, None, Reason.ASSERTION_EXPIRED),
        (datetime(1970, 1, 1, tzinfo=UTC), None, Reason.ASSERTION_EXPIRED),
        (NOW + 5 * MINUTE + 31 * SECOND, 5 * MINUTE, Reason.ASSERTION_TOO_LONG_LIVED),
        (LAST_MOMENT, 5 * MINUTE, Reason.ASSERTION_TOO_LONG_LIVED),
    ],
    ids=["expired", "a platform's expired", "long ago", "lives too long", "for ever"],
)
def test_end_out_of_bounds_is_refused(monkeypatch, ends_at, longest, reason):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    assert_refused(reason, check_time, {"exp": ends_at.timestamp()}, longest=longest)


@pytest.mark.django_db
def test_use_is_recorded_once_for_each_sender_until_it_cannot_pass_again():
    for sender, jti in (("a", "1"), ("a", "2"), ("b", "1")):
        record_use_once(sender, jti, NOW)
        assert_refused(Reason.REPLAYED, record_use_once, sender, jti, NOW + MINUTE)
    kept_until = set(SeenAssertion.objects.values_list("expires_at", flat=True))
    assert SeenAssertion.objects.count() == 3
    assert kept_until == {NOW + ASSERTION_LEEWAY_SECONDS * SECOND}


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [5, 10, 60])
def test_record_of_a_use_outlives_the_assertion(monkeypatch, minutes):
    clock = NOW
    monkeypatch.setattr(timezone, "now", lambda: clock)
    longest = minutes * MINUTE
    claims = {"exp": (NOW + longest).timestamp()}
    record_use_once("a", "1", check_time(claims, longest=longest))
    # The last moment at which it would be accepted; a moment later it is not.
    clock = NOW + longest + ASSERTION_LEEWAY_SECONDS * SECOND - timedelta(microseconds=1)
    assert list(clear_expired(before=clock, batch_size=10)) == []
    ends_at = check_time(claims, longest=longest)
    assert_refused(Reason.REPLAYED, record_use_once, "a", "1", ends_at)
    clock += timedelta(microseconds=2)
    assert_refused(Reason.ASSERTION_EXPIRED, check_time, claims, longest=longest)
    # Another server, whose clock is behind, may still accept it.
    list(clear_expired(before=clock + 4 * MINUTE, batch_size=10))
    assert SeenAssertion.objects.exists()
    list(clear_expired(before=clock + 6 * MINUTE, batch_size=10))
    assert not SeenAssertion.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "one, other",
    [(("a", "bc"), ("ab", "c")), (("a", "b:c"), ("a:b", "c"))],
    ids=["letters", "with a colon"],
)
def test_no_sender_can_use_up_the_assertion_of_another(one, other):
    record_use_once(*one, NOW)
    record_use_once(*other, NOW)
    assert SeenAssertion.objects.count() == 2


@pytest.mark.django_db
def test_assertion_without_an_id_is_not_recorded():
    assert_refused(Reason.MALFORMED_CLAIMS, record_use_once, "a", "", NOW)
    assert not SeenAssertion.objects.exists()
