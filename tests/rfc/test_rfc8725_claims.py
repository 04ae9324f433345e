"""
What attackers and careless issuers put into the claims of a JWT (RFC 8725, RFC 7519 section 4).

Each of these tokens has a good signature of ours.
"""

import pytest

from tests.jose import CLIENT_ID, ISSUER, good_claims, our_header, signed_by_us, with_member

pytestmark = pytest.mark.django_db


@pytest.mark.rfc("7519", "4")
@pytest.mark.parametrize(
    "member",
    [
        '"client_id": "another"',
        f'"client_id": "{CLIENT_ID}"',
        '"scope": "orders:read orders:write"',
        '"\\u0073ub": "another"',
        '"extra": {"a": 1, "a": 2}',
    ],
)
def test_claim_that_stands_twice_is_refused(orders_api, member):
    orders_api.assert_refused(
        signed_by_us(our_header(), with_member(good_claims(), member)), "malformed_token"
    )


@pytest.mark.rfc("8725", "3.8")
@pytest.mark.parametrize(
    "issuer",
    [
        "https://evil.example.com",
        f"{ISSUER}/",
        f"{ISSUER}.evil.example.com",
        ISSUER.upper(),
        "",
        None,
        1,
        [ISSUER],
        {"a": ISSUER},
    ],
)
def test_token_of_another_issuer_is_not_ours_even_when_our_key_signed_it(orders_api, issuer):
    orders_api.assert_refused(signed_by_us(our_header(), good_claims(iss=issuer)), "foreign_token")


@pytest.mark.rfc("8725", "3.8")
def test_issuer_that_stands_twice_is_refused(orders_api):
    raw = with_member(good_claims(iss="https://evil.example.com"), f'"iss": "{ISSUER}"')
    orders_api.assert_refused(signed_by_us(our_header(), raw), "malformed_token")


@pytest.mark.rfc("8725", "3.9")
@pytest.mark.parametrize(
    "audience",
    [
        "https://other.example.com",
        ["https://a.example", "https://b.example"],
        "",
        [""],
        f"{ISSUER}/",
    ],
)
def test_token_for_another_api_is_refused(orders_api, audience):
    token = signed_by_us(our_header(), good_claims(aud=audience))
    orders_api.assert_refused(token, "wrong_audience", CLIENT_ID)


@pytest.mark.rfc("8725", "3.9")
def test_token_for_this_api_among_others_is_good(orders_api):
    token = signed_by_us(our_header(), good_claims(aud=["https://other.example.com", ISSUER]))
    orders_api.assert_accepted(token)


@pytest.mark.rfc("9068", "4")
@pytest.mark.parametrize("seconds", [0, -1, -4, -3600])
def test_expired_token_is_refused_without_leeway(orders_api, seconds):
    now = good_claims()["iat"]
    token = signed_by_us(our_header(), good_claims(iat=now - 7200, exp=now + seconds))
    orders_api.assert_refused(token, "token_expired", CLIENT_ID)


@pytest.mark.rfc("7519", "4.1.5")
@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize("seconds", [120, 3600, 10_000_000])
def test_token_of_the_future_is_refused(orders_api, claim, seconds):
    now = good_claims()["iat"]
    token = signed_by_us(
        our_header(), good_claims(**{claim: now + seconds, "exp": now + 99_999_999})
    )
    orders_api.assert_refused(token, "not_yet_valid")


@pytest.mark.rfc("7519", "4.1.5")
@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_clock_of_ours_that_is_ninety_seconds_ahead_is_borne(orders_api, claim):
    token = signed_by_us(our_header(), good_claims(**{claim: good_claims()["iat"] + 90}))
    orders_api.assert_accepted(token)


REQUIRED = ["sub", "aud", "client_id", "iat", "exp", "jti"]
NO_NUMBERS = ['"1"', "null", "true", "[]", "{}", "NaN", "1e400", "-1e400", "-1", "1e15", "9" * 30]
NO_TEXTS = ["1", "null", "true", "[]", '["a"]', "{}"]


@pytest.mark.rfc("9068", "4")
@pytest.mark.parametrize("claim", REQUIRED)
def test_token_without_a_required_claim_is_refused(orders_api, claim):
    orders_api.assert_refused(
        signed_by_us(our_header(), good_claims(**{claim: None})), "malformed_claims"
    )


@pytest.mark.rfc("7519", "4.1")
@pytest.mark.parametrize(
    "claim, value",
    [
        *((claim, value) for claim in ("iat", "exp", "nbf") for value in NO_NUMBERS),
        *((claim, value) for claim in ("sub", "client_id", "jti", "scope") for value in NO_TEXTS),
        *(("aud", value) for value in ("1", "null", "true", "[]", "{}", "[1]", '["a", null]')),
    ],
)
def test_claim_of_a_wrong_kind_is_refused(orders_api, claim, value):
    raw = with_member(good_claims(**{claim: None}), f'"{claim}": {value}')
    orders_api.assert_refused(signed_by_us(our_header(), raw), "malformed_claims")


def test_number_with_a_fraction_is_a_date_too(orders_api):
    now = good_claims()["iat"]
    token = signed_by_us(our_header(), good_claims(iat=now - 0.5, exp=now + 60.25, nbf=now - 0.5))
    orders_api.assert_accepted(token)
