"""Reading a JWT before anything in it is believed."""

import json

import pytest

from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.tokens.jwt_form import (
    MAX_JWT_LENGTH,
    claimed_issuer,
    looks_like_jwt,
    read_jwt,
)
from tests.jose import b64


def token(header: object, claims: object) -> str:
    """Return a JWT whose signature is four letters; strings stand as they are."""
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    return ".".join([*(b64(text.encode()) for text in texts), "AAAA"])


def test_header_and_claims_are_read():
    header = {"alg": "none", "typ": "at+jwt"}
    claims = {"a": [1, {"b": None}], "ü": 1.5}
    assert read_jwt(token(header, claims)) == (header, claims)


def test_other_types_are_read_when_they_are_asked_for():
    presented = token({"typ": "application/Logout+JWT"}, {})
    assert read_jwt(presented, ("logout+jwt",)) == ({"typ": "application/Logout+JWT"}, {})
    with pytest.raises(InvalidToken) as refused:
        read_jwt(presented)
    assert refused.value.reason is Reason.WRONG_TYPE


@pytest.mark.parametrize(
    "presented, reason",
    [
        pytest.param("e30.e30.AAAA", Reason.WRONG_TYPE, id="no type"),
        pytest.param("m2mt_abc", Reason.MALFORMED_TOKEN, id="opaque"),
        pytest.param("", Reason.MALFORMED_TOKEN, id="nothing"),
        pytest.param(
            token({"typ": "x", "crit": []}, {}), Reason.CRITICAL_HEADER, id="critical and more"
        ),
        pytest.param(
            token('{"typ": "at+jwt"}', '{"a": 1, "a": 1}'), Reason.MALFORMED_TOKEN, id="twice"
        ),
        pytest.param(
            token('{"typ": "at+jwt", "x": {"a": 1, "a": 1}}', "{}"),
            Reason.MALFORMED_TOKEN,
            id="twice inside",
        ),
    ],
)
def test_what_is_not_an_access_token_is_refused(presented, reason):
    with pytest.raises(InvalidToken) as refused:
        read_jwt(presented)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    "presented, expected",
    [
        ("a.b.c", True),
        ("a.b.", True),
        ("a-_9.b-_9.c-_9", True),
        ("a.b", False),
        ("a.b.c.d", False),
        (".b.c", False),
        ("a..c", False),
        ("a.b.c\n", False),
        ("a.b.c=", False),
        ("a+.b.c", False),
        ("ü.b.c", False),
        ("a.b." + "c" * (MAX_JWT_LENGTH - 4), True),
        ("a.b." + "c" * (MAX_JWT_LENGTH - 3), False),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_form_of_a_jwt(presented, expected):
    assert looks_like_jwt(presented) is expected


@pytest.mark.parametrize(
    "claims, expected",
    [
        pytest.param({"iss": "https://a.example"}, "https://a.example", id="a string"),
        pytest.param({"iss": ""}, "", id="empty"),
        pytest.param('{"iss": "a", "iss": "b"}', "b", id="twice"),
        pytest.param({"iss": ["a"]}, None, id="a list"),
        pytest.param({}, None, id="missing"),
        pytest.param(["iss"], None, id="claims are a list"),
        pytest.param("nonsense", None, id="no JSON"),
        pytest.param("[" * 5000, None, id="nested JSON"),
        pytest.param("9" * 5000, None, id="huge number"),
    ],
)
def test_issuer_is_what_the_claims_say_whatever_else_is_wrong(claims, expected):
    assert claimed_issuer(token("no header at all", claims)) == expected


@pytest.mark.parametrize("presented", ["m2mt_abc", "a.b.c.d", "", "e30.AAAAA.AAAA"])
def test_what_is_no_jwt_has_no_issuer(presented):
    assert claimed_issuer(presented) is None
