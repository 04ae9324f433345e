"""JWTs: whatever a caller sends is verified, or refused with a reason, and nothing else happens."""

import base64
import json
import time

import jwt
from django.test import RequestFactory, override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from oauth_m2m.errors import InvalidDPoPProof, InvalidToken
from oauth_m2m.keys.strict_jwt import (
    JwtRefused,
    check_claims,
    claimed_issuer,
    looks_like_jwt,
    read_jwt,
    strict_object,
    verify_jwt,
)
from oauth_m2m.tokens.dpop import proven_key
from oauth_m2m.tokens.signed_jwt import verified_claims
from tests.jose import ISSUER, assemble, private_key
from tests.key_server import jwk
from tests.proofs import TOKEN_URL, bare_jwk, proof
from tests.properties.profile import bounded
from tests.properties.wire import JSON, encoded, joined, mutated

KEY = jwt.PyJWK(jwk())
NAMES = st.sampled_from(
    [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "scope",
        "client_id",
        "cnf",
        "htm",
        "htu",
        "ath",
    ]
)
CLAIMS = st.dictionaries(st.one_of(NAMES, st.text(max_size=4)), JSON, max_size=8)
HEADER = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "jwk", "crit", "x5c", "b64"]),
    st.one_of(JSON, st.sampled_from(["ES256", "none", "HS256", "Ed25519", "at+jwt", "dpop+jwt"])),
    max_size=5,
)
# Three parts of anything, and three that are JSON.
PRESENTED = st.one_of(
    st.text(max_size=80),
    joined("eyJhIjoxfQ", ".", "e30", "eyJ", "_", "=", "W10"),
    st.builds(lambda h, c, s: f"{encoded(h)}.{encoded(c)}.{s}", HEADER, CLAIMS, st.just("AAAA")),
)


@bounded
@given(PRESENTED)
@example(f"{base64.urlsafe_b64encode(b'[' * 5000).decode().rstrip('=')}.e30.")
@example("a.b.c")
@example("e30.e30.")
def test_any_text_is_read_or_refused(presented: str):
    claimed = claimed_issuer(presented)
    assert claimed is None or isinstance(claimed, str)
    try:
        header, claims = read_jwt(presented, types=None)
    except JwtRefused:
        return
    assert looks_like_jwt(presented)
    assert isinstance(header, dict)
    assert claims.get("iss", claimed) == claimed or not isinstance(claims["iss"], str)
    # Every string in it can be digested and stored.
    json.dumps([header, claims], ensure_ascii=False).encode()


@bounded
@given(st.one_of(st.text(max_size=60), JSON.map(json.dumps), joined("{", "}", '"a":', "1", ",")))
def test_any_json_is_an_object_or_a_value_error(text: str):
    try:
        value = strict_object(text)
    except ValueError:
        return
    assert value == json.loads(text) or "NaN" in text


@bounded
@given(CLAIMS)
def test_any_claims_are_possible_or_refused(claims):
    required = ("iss", "exp")
    try:
        check_claims(claims, required=required)
    except JwtRefused:
        return
    assert all(name in claims for name in required)
    assert claims["exp"] >= 0
    assert max(claims.get("iat", 0), claims.get("nbf", 0)) <= time.time() + 5


@bounded
@given(HEADER, CLAIMS, st.sampled_from([KEY, jwt.PyJWK(jwk("RS256")), jwt.PyJWK(jwk("EdDSA"))]))
def test_any_token_signed_by_a_stranger_is_refused(header, claims, key):
    presented = f"{encoded(header)}.{encoded(claims)}.AAAA"
    try:
        verify_jwt(presented, header, claims, key, required=())
    except JwtRefused:
        return
    raise AssertionError


@bounded
@given(CLAIMS)
def test_any_claims_that_we_signed_are_ours_or_refused(claims):
    header = {"alg": "ES256", "typ": "at+jwt", "kid": KEY.key_id}
    presented = assemble(header, json.dumps(claims), private_key("ES256"))
    try:
        read = verified_claims(presented, ISSUER, lambda _kid: KEY)
    except InvalidToken:
        return
    assert read["iss"] == ISSUER


GOOD = assemble(
    {"alg": "ES256", "typ": "at+jwt", "kid": "1"}, {"iss": ISSUER, "exp": 1}, private_key("ES256")
)


@bounded
@given(mutated(GOOD.encode()))
def test_token_that_was_changed_in_any_way_is_refused(changed: bytes):
    presented = changed.decode("latin-1")
    # The last bits of base64 mean nothing: the same bytes may be written in two ways.
    if presented[:-1] == GOOD[:-1]:
        return
    try:
        header, claims = read_jwt(presented, types=None)
        verify_jwt(presented, header, claims, KEY, required=())
    except JwtRefused:
        return
    raise AssertionError


def members(value: object) -> str:
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": value}
    claims = {"jti": "1", "htm": "POST", "htu": TOKEN_URL, "iat": int(time.time())}
    return f"{encoded(header)}.{encoded(claims)}.AAAA"


KEYS = st.one_of(
    JSON,
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "k", "alg"]),
        st.one_of(JSON, st.sampled_from(["EC", "RSA", "OKP", "oct", "P-256", "Ed25519", "AQAB"])),
        max_size=6,
    ),
    st.builds(
        lambda name, value: {**bare_jwk(), name: value},
        st.sampled_from(["x", "y", "crv", "kty"]),
        JSON,
    ),
)


PROOF = proof()
CHANGED = mutated(PROOF.encode()).map(lambda raw: raw.decode("latin-1"))


@bounded
@given(
    st.one_of(
        st.text(max_size=60),
        PRESENTED,
        KEYS.map(members),
        CHANGED.filter(lambda text: text[:-1] != PROOF[:-1]),
    )
)
def test_any_proof_is_refused_before_anything_is_asked(text: str):
    # No database here: a proof that passed would need one to be recorded.
    request = RequestFactory().post("/oauth/token", headers={"DPoP": text})
    with override_settings(OAUTH_M2M={"ISSUER": ISSUER}):
        try:
            proven_key(request)
        except InvalidDPoPProof:
            return
    raise AssertionError


@bounded
@given(
    st.one_of(
        st.text(max_size=40),
        joined(
            "https://", "auth.example.com", ":", "443", "/", "[", "]", "%", "?", "#", "\\", "@", "٣"
        ),
    )
)
@example("https://auth.example.com:99999999/oauth/token")
@example("https://[auth.example.com/oauth/token")
@example("https://auth.example.com:\u0663/oauth/token")
def test_any_url_in_a_proof_is_ours_or_another_request(url: str):
    text = proof(htu=f"{url}?", htm="GET")
    request = RequestFactory().post("/oauth/token", headers={"DPoP": text})
    with override_settings(OAUTH_M2M={"ISSUER": ISSUER}):
        try:
            proven_key(request)
        except InvalidDPoPProof:
            return
    raise AssertionError
