"""Reading a JWT before anything in it is believed, and believing it."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from oauth_m2m.errors import Reason
from oauth_m2m.keys.jwk import public_jwk
from oauth_m2m.keys.strict_jwt import (
    MAX_JWT_LENGTH,
    JwtRefused,
    claimed_issuer,
    looks_like_jwt,
    read_jwt,
    verify_jwt,
)
from tests.jose import assemble, b64, good_claims, private_key

ACCESS_TOKEN = ("at+jwt",)


def token(header: object, claims: object) -> str:
    """Return a JWT whose signature is four letters; strings stand as they are."""
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    return ".".join([*(b64(text.encode()) for text in texts), "AAAA"])


def test_header_and_claims_are_read():
    header = {"alg": "none", "typ": "at+jwt"}
    claims = {"a": [1, {"b": None}], "ü": 1.5, "c": "\U0001f375"}
    assert read_jwt(token(header, claims), ACCESS_TOKEN) == (header, claims)


def test_other_types_are_read_when_they_are_asked_for():
    presented = token({"typ": "application/Logout+JWT"}, {})
    assert read_jwt(presented, ("logout+jwt",)) == ({"typ": "application/Logout+JWT"}, {})
    with pytest.raises(JwtRefused) as refused:
        read_jwt(presented, ACCESS_TOKEN)
    assert refused.value.reason is Reason.WRONG_TYPE


@pytest.mark.parametrize("header", [{}, {"typ": "JWT"}, {"typ": 1}], ids=repr)
def test_any_type_is_read_when_none_is_asked_for(header):
    assert read_jwt(token(header, {}), None) == (header, {})


@pytest.mark.parametrize(
    "presented, reason",
    [
        pytest.param("e30.e30.AAAA", Reason.WRONG_TYPE, id="no type"),
        pytest.param(token({"typ": 1}, {}), Reason.WRONG_TYPE, id="type is a number"),
        pytest.param("m2mt_abc", Reason.MALFORMED_TOKEN, id="opaque"),
        pytest.param("", Reason.MALFORMED_TOKEN, id="nothing"),
        pytest.param("e30.AAAAA.AAAA", Reason.MALFORMED_TOKEN, id="no base64"),
        pytest.param(token([], {}), Reason.MALFORMED_TOKEN, id="header is a list"),
        pytest.param(
            token({"typ": "at+jwt"}, {"a": "\ud800"}), Reason.MALFORMED_TOKEN, id="half a character"
        ),
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
    with pytest.raises(JwtRefused) as refused:
        read_jwt(presented, ACCESS_TOKEN)
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


def verify(presented: str, members: dict[str, Any], **options: Any) -> None:
    header, claims = read_jwt(presented, None)
    options = {"required": ("iss", "exp"), **options}
    verify_jwt(presented, header, claims, jwt.PyJWK(members), **options)


def refusal(presented: str, members: dict[str, Any], **options: Any) -> Reason:
    with pytest.raises(JwtRefused) as refused:
        verify(presented, members, **options)
    return refused.value.reason


def bare(algorithm: str, key: Any | None = None) -> dict[str, Any]:
    """Return a public JWK that does not say what it is for."""
    jwk = public_jwk(key or private_key(algorithm), algorithm)
    return {name: value for name, value in jwk.items() if name not in {"alg", "use"}}


RSA_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", *RSA_ALGORITHMS])
def test_key_without_an_algorithm_verifies_with_those_that_it_can_make(algorithm):
    key = private_key("RS256" if algorithm in RSA_ALGORITHMS else algorithm)
    presented = assemble({"alg": algorithm}, good_claims(), key, algorithm)
    verify(presented, bare(algorithm, key))


@pytest.mark.parametrize("curve", [ec.SECP384R1, ec.SECP521R1], ids=["ES384", "ES512"])
def test_larger_curves_verify_with_their_own_algorithm(curve):
    key = ec.generate_private_key(curve())
    algorithm = "ES384" if curve is ec.SECP384R1 else "ES512"
    presented = assemble({"alg": algorithm}, good_claims(), key, algorithm)
    verify(presented, ECAlgorithm.to_jwk(key.public_key(), as_dict=True))


def test_newer_name_of_eddsa_is_read_as_the_older_one():
    presented = assemble({"alg": "Ed25519"}, good_claims(), private_key("EdDSA"), "EdDSA")
    assert read_jwt(presented, None)[0] == {"alg": "EdDSA"}
    verify(presented, public_jwk(private_key("EdDSA"), "EdDSA"))
    assert refusal(presented, bare("ES256")) is Reason.WRONG_ALGORITHM


def test_key_with_an_algorithm_verifies_with_no_other():
    key = private_key("RS256")
    presented = assemble({"alg": "PS256"}, good_claims(), key, "PS256")
    assert refusal(presented, public_jwk(key, "RS256")) is Reason.WRONG_ALGORITHM
    verify(presented, public_jwk(key, "PS256"))


def test_curve_whose_algorithm_nobody_asked_for_does_not_verify():
    key = ec.generate_private_key(ec.SECP256K1())
    presented = assemble({"alg": "ES256K"}, good_claims(), key, "ES256K")
    members = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    assert refusal(presented, members) is Reason.WRONG_ALGORITHM
    assert refusal(presented, {**members, "alg": "ES256K"}) is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize("alg", [None, "none", "HS256", "ES384", "RS256", ["ES256"], 1], ids=repr)
def test_algorithm_that_the_key_cannot_make_is_refused(alg):
    presented = assemble({"alg": alg}, good_claims(), private_key("ES256"))
    assert refusal(presented, bare("ES256")) is Reason.WRONG_ALGORITHM


def test_secret_verifies_nothing():
    members = {"kty": "oct", "k": b64(b"s" * 32), "alg": "HS256"}
    presented = jwt.encode(good_claims(), b"s" * 32, algorithm="HS256")
    assert refusal(presented, members) is Reason.WRONG_ALGORITHM
    del members["alg"]
    assert refusal(presented, members) is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize("signature", ["", "A", "AAAA", "A" * 86], ids=["none", "odd", "3", "64"])
def test_signature_of_nobody_is_refused(signature):
    presented = assemble({"alg": "ES256"}, good_claims(), private_key("ES256"))
    forged = f"{presented.rpartition('.')[0]}.{signature}"
    assert refusal(forged, bare("ES256")) is Reason.WRONG_SIGNATURE


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "1"},
        {"exp": True},
        {"exp": -1},
        {"exp": float("nan")},
        {"exp": 10**20},
        {"iss": 1},
        {"aud": []},
        {"aud": [1]},
        {"aud": {}},
        {"jti": 1},
    ],
    ids=repr,
)
def test_claims_of_the_wrong_kind_are_refused(changes):
    presented = assemble({"alg": "ES256"}, good_claims(**changes), private_key("ES256"))
    assert refusal(presented, bare("ES256")) is Reason.MALFORMED_CLAIMS


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_leeway_is_the_callers(claim):
    claims = good_claims(**{claim: int(time.time()) + 20})
    presented = assemble({"alg": "ES256"}, claims, private_key("ES256"))
    assert refusal(presented, bare("ES256")) is Reason.NOT_YET_VALID
    verify(presented, bare("ES256"), leeway_seconds=30)
