"""DPoP proofs: what is taken for one, and every way in which it is none."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import signing
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from oauth_m2m.errors import InvalidDPoPProof, Reason, UseDPoPNonce
from oauth_m2m.keys.jwk import public_jwk
from oauth_m2m.models import SeenAssertion
from oauth_m2m.tokens.dpop import new_nonce, proven_key
from tests.jose import assemble, b64, private_key
from tests.proofs import TOKEN_URL, ath, bare_jwk, jkt, proof

pytestmark = pytest.mark.django_db

NOW = int(timezone.now().timestamp())


def request(header: str | None, path: str = "/oauth/token", method: str = "POST", **environ):
    headers = {} if header is None else {"DPoP": header}
    return RequestFactory().generic(method, path, headers=headers, **environ)


def refusal_of(asked: HttpRequest, **how) -> InvalidDPoPProof:
    with pytest.raises(InvalidDPoPProof) as refused:
        proven_key(asked, **how)
    return refused.value


def test_request_without_a_proof_proves_no_key():
    assert proven_key(request(None)) is None


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "PS256"])
def test_proof_proves_its_key(algorithm):
    assert proven_key(request(proof(algorithm=algorithm))) == jkt(algorithm)


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "DPoP+JWT"},
        {"typ": "application/dpop+jwt"},
        {"jwk": {**bare_jwk(), "kid": "a", "use": "enc", "alg": "none", "x5c": ["A"]}},
        {"kid": "of another", "x5u": "https://attacker.example", "unknown": {}},
    ],
    ids=["type in capitals", "long type", "more about the key", "more in the header"],
)
def test_what_else_the_header_says_is_not_looked_at(changes):
    assert proven_key(request(proof(header=changes))) == jkt()


def test_unknown_claims_and_no_token_are_no_matter():
    assert proven_key(request(proof(exp=1, aud="anyone", ath="any", other=[]))) == jkt()


BAD_HEADERS = {
    "no type": ({"typ": None}, Reason.WRONG_TYPE),
    "access token": ({"typ": "at+jwt"}, Reason.WRONG_TYPE),
    "list of types": ({"typ": ["dpop+jwt"]}, Reason.WRONG_TYPE),
    "critical member": ({"crit": ["b64"]}, Reason.CRITICAL_HEADER),
    "no algorithm": ({"alg": None}, Reason.WRONG_ALGORITHM),
    "none": ({"alg": "none"}, Reason.WRONG_ALGORITHM),
    "HMAC": ({"alg": "HS256"}, Reason.WRONG_ALGORITHM),
    "another kind of curve": ({"alg": "ES256K"}, Reason.WRONG_ALGORITHM),
    "another curve": ({"alg": "ES384"}, Reason.WRONG_ALGORITHM),
    "another kind of key": ({"alg": "RS256"}, Reason.WRONG_ALGORITHM),
    "list of algorithms": ({"alg": ["ES256"]}, Reason.WRONG_ALGORITHM),
    "no key": ({"jwk": None}, Reason.UNKNOWN_KEY),
    "key is a string": ({"jwk": "key"}, Reason.UNKNOWN_KEY),
    "key is empty": ({"jwk": {}}, Reason.UNKNOWN_KEY),
    "shared key": ({"jwk": {"kty": "oct", "k": "AAAA"}}, Reason.UNKNOWN_KEY),
    "shared key that is hidden": ({"jwk": {"kty": "oct"}}, Reason.UNKNOWN_KEY),
    "list of kinds": ({"jwk": {"kty": ["EC"]}}, Reason.UNKNOWN_KEY),
    "unknown curve": ({"jwk": {**bare_jwk(), "crv": "P-999"}}, Reason.UNKNOWN_KEY),
    "short coordinate": ({"jwk": {**bare_jwk(), "x": "AAAA"}}, Reason.UNKNOWN_KEY),
    "point off the curve": ({"jwk": {**bare_jwk(), "x": b64(b"\x01" * 32)}}, Reason.UNKNOWN_KEY),
    "coordinate is a number": ({"jwk": {**bare_jwk(), "x": 5}}, Reason.UNKNOWN_KEY),
    "key for agreement": ({"jwk": {**bare_jwk("EdDSA"), "crv": "X25519"}}, Reason.UNKNOWN_KEY),
    "another key": ({"jwk": bare_jwk(number=1)}, Reason.WRONG_SIGNATURE),
    **{
        f"private member {name}": ({"jwk": {**bare_jwk(), name: "AAAA"}}, Reason.UNKNOWN_KEY)
        for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
    },
}


@pytest.mark.parametrize("changes, reason", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_bad_header_is_refused(changes, reason):
    assert refusal_of(request(proof(header=changes))).reason is reason


def test_short_rsa_key_is_refused():
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the test's point
    members = {"typ": "dpop+jwt", "alg": "RS256", "jwk": public_jwk(key, "RS256")}
    claims = {"jti": "a", "htm": "POST", "htu": TOKEN_URL, "iat": NOW}
    # Its signature is not reached: what is wrong is the key.
    sent = assemble(members, claims, private_key("RS256"), "RS256")
    assert refusal_of(request(sent)).reason is Reason.UNKNOWN_KEY


@pytest.mark.parametrize(
    "header, reason",
    [
        ("", Reason.MALFORMED_TOKEN),
        ("a.b.c", Reason.MALFORMED_TOKEN),
        (f"{proof()},{proof()}", Reason.MALFORMED_TOKEN),
        (f"{proof()}, {proof()}", Reason.MALFORMED_TOKEN),
        ("a" * 9000, Reason.MALFORMED_TOKEN),
    ],
    ids=["empty", "no JSON", "two headers", "two headers and a space", "huge"],
)
def test_what_is_no_jwt_is_refused(header, reason):
    assert refusal_of(request(header)).reason is reason


@pytest.mark.parametrize(
    "claims, reason",
    [
        ({"jti": None}, Reason.MALFORMED_CLAIMS),
        ({"htm": None}, Reason.MALFORMED_CLAIMS),
        ({"htu": None}, Reason.MALFORMED_CLAIMS),
        ({"iat": None}, Reason.MALFORMED_CLAIMS),
        ({"jti": 5}, Reason.MALFORMED_CLAIMS),
        ({"jti": "\ud800"}, Reason.MALFORMED_TOKEN),
        ({"nonce": "\ud800"}, Reason.MALFORMED_TOKEN),
        ({"htm": ["POST"]}, Reason.MALFORMED_CLAIMS),
        ({"htu": [TOKEN_URL]}, Reason.MALFORMED_CLAIMS),
        ({"iat": "now"}, Reason.MALFORMED_CLAIMS),
        ({"iat": True}, Reason.MALFORMED_CLAIMS),
        ({"iat": -1}, Reason.MALFORMED_CLAIMS),
        ({"iat": 1e300}, Reason.MALFORMED_CLAIMS),
        ({"htm": "GET"}, Reason.PROOF_FOR_ANOTHER_REQUEST),
        ({"htm": "post"}, Reason.PROOF_FOR_ANOTHER_REQUEST),
        ({"htm": ""}, Reason.PROOF_FOR_ANOTHER_REQUEST),
        pytest.param({"iat": NOW - 120}, Reason.ASSERTION_EXPIRED, id="old"),
        pytest.param({"iat": NOW + 3600}, Reason.NOT_YET_VALID, id="future"),
    ],
    ids=lambda case: None if isinstance(case, Reason) else repr(case),
)
def test_bad_claims_are_refused(claims, reason):
    assert refusal_of(request(proof(**claims))).reason is reason
    assert not SeenAssertion.objects.exists()


@pytest.mark.parametrize("seconds", [-58, 0, 4])
def test_proof_of_this_minute_is_taken(seconds):
    moment = int(timezone.now().timestamp()) + seconds
    assert proven_key(request(proof(iat=moment))) == jkt()


@pytest.mark.parametrize(
    "url",
    [
        TOKEN_URL,
        f"{TOKEN_URL}?a=b#c",
        "HTTPS://AUTH.Example.com/oauth/token",
        "https://auth.example.com:443/oauth/token",
        "https://auth.example.com/%6Fauth/token",
        "https://api.example.com/oauth/token",
    ],
    ids=["as it is", "query and fragment", "capitals", "default port", "escapes", "an audience"],
)
def test_url_of_this_request_is_recognised(settings, url):
    audiences = ["https://api.example.com/orders", "urn:orders", "https://[broken", "https://a:b"]
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPTED_AUDIENCES": audiences}
    assert proven_key(request(proof(htu=url), "/oauth/token?x=y")) == jkt()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/oauth/token",
        ":///oauth/token",
        "//auth.example.com/oauth/token",
        "http://auth.example.com/oauth/token",
        "https://auth.example.com:8443/oauth/token",
        "https://auth.example.com:port/oauth/token",
        "https://[auth.example.com/oauth/token",
        "https://auth.example.com.attacker.example/oauth/token",
        "https://attacker.example/oauth/token",
        "https://auth.example.com@attacker.example/oauth/token",
        "https://auth.example.com",
        "https://auth.example.com/oauth/token/",
        "https://auth.example.com/oauth/TOKEN",
        "https://auth.example.com/oauth%2525/token",
        "https://testserver/oauth/token",
    ],
)
@pytest.mark.parametrize("issuer", ["https://auth.example.com", ""])
def test_url_of_another_request_is_refused(settings, url, issuer):
    settings.OAUTH_M2M = {"ISSUER": issuer}
    assert refusal_of(request(proof(htu=url))).reason is Reason.PROOF_FOR_ANOTHER_REQUEST


def test_question_mark_in_the_path_does_not_end_it(settings):
    for htu, path in (
        ("https://auth.example.com/a", "/a%3Fb"),
        ("https://auth.example.com/a?b", "/a%3Fb"),
    ):
        refused = refusal_of(request(proof(htu=htu), path))
        assert refused.reason is Reason.PROOF_FOR_ANOTHER_REQUEST
    assert proven_key(request(proof(htu="https://auth.example.com/a%3Fb"), "/a%3Fb")) == jkt()


def test_root_has_a_path_without_a_slash(settings):
    assert proven_key(request(proof(htu="https://auth.example.com"), "/")) == jkt()


def test_host_header_counts_only_where_it_is_held_to_a_list(settings):
    there = {"SERVER_NAME": "api.example.org", "SERVER_PORT": "443", "wsgi.url_scheme": "https"}
    url = "https://api.example.org/oauth/token"
    refused = refusal_of(request(proof(htu=url), **there))
    assert refused.reason is Reason.PROOF_FOR_ANOTHER_REQUEST
    settings.ALLOWED_HOSTS = ["api.example.org"]
    assert proven_key(request(proof(htu=url), **there)) == jkt()


def test_proof_is_for_one_token():
    assert proven_key(request(proof(ath=ath("abc"))), access_token="abc") == jkt()
    for claim in (None, "", ath("abd"), "abc", 5, [ath("abc")]):
        refused = refusal_of(request(proof(ath=claim)), access_token="abc")
        assert refused.reason is Reason.PROOF_FOR_ANOTHER_TOKEN


def test_proof_works_once():
    sent = proof(jti="the same")
    assert proven_key(request(sent)) == jkt()
    assert refusal_of(request(sent)).reason is Reason.REPLAYED
    assert refusal_of(request(proof(jti="the same"))).reason is Reason.REPLAYED
    assert proven_key(request(proof(jti="the same", number=1))) == jkt(number=1)
    remembered = SeenAssertion.objects.earliest("pk").expires_at
    assert remembered > timezone.now() + timedelta(seconds=60)


def test_refused_proof_is_not_used_up(settings):
    sent = proof(jti="the same")
    refusal_of(request(sent, "/elsewhere"))
    refusal_of(request(sent), access_token="abc")
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": True}
    refusal_of(request(sent))
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": False}
    assert proven_key(request(sent)) == jkt()


@pytest.mark.parametrize("required", [True, False])
def test_our_nonce_is_taken(settings, required):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": required}
    assert proven_key(request(proof(nonce=new_nonce()))) == jkt()


@pytest.mark.parametrize(
    "nonce",
    [
        pytest.param("", id="empty"),
        pytest.param("guess", id="guessed"),
        pytest.param(5, id="a number"),
        pytest.param(signing.dumps(NOW, salt="another"), id="signed for something else"),
        pytest.param(signing.dumps(NOW, key="k", salt="oauth_m2m.dpop.nonce"), id="forged"),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_other_nonce_is_answered_by_a_good_one(settings, nonce, required):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": required}
    refused = refusal_of(request(proof(nonce=nonce)))
    assert isinstance(refused, UseDPoPNonce)
    assert refused.reason is Reason.PROOF_WITHOUT_NONCE
    assert proven_key(request(proof(nonce=refused.nonce))) == jkt()


def test_missing_and_old_nonce_are_answered_by_a_good_one(settings, monkeypatch):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": True}
    with monkeypatch.context() as earlier:
        earlier.setattr("django.core.signing.time.time", lambda: NOW - 301)
        old = new_nonce()
    for nonce in (None, old):
        assert isinstance(refusal_of(request(proof(nonce=nonce))), UseDPoPNonce)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
def test_strict_profile_takes_the_algorithms_of_fapi(algorithm):
    assert proven_key(request(proof(algorithm=algorithm)), is_strict=True) == jkt(algorithm)


def test_strict_profile_refuses_other_algorithms(settings):
    sent = proof(algorithm="RS256")
    assert refusal_of(request(sent), is_strict=True).reason is Reason.WRONG_ALGORITHM
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROFILE": "fapi2"}
    assert refusal_of(request(sent)).reason is Reason.WRONG_ALGORITHM
