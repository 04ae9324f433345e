"""What attackers do with the header, signature and form of a JWT (RFC 8725): never a 500."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from oauth_m2m.keys.signing import current_ring, signing_handle
from tests.jose import (
    ISSUER,
    assemble,
    b64,
    good_claims,
    our_header,
    parts,
    private_key,
    signed_by_us,
    with_member,
)
from tests.key_server import jwk, running_key_server

pytestmark = pytest.mark.django_db


def test_token_that_the_attacks_start_from_is_good(orders_api):
    orders_api.assert_accepted(signed_by_us(our_header(), good_claims()))


@pytest.mark.rfc("8725", "3.1")
@pytest.mark.parametrize("spelling", ["none", "None", "NONE", "nOnE", "", None, 0, ["ES256"]])
@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "unsigned"])
def test_algorithm_none_is_refused(orders_api, spelling, is_signed):
    token = signed_by_us(our_header(alg=spelling), good_claims())
    orders_api.assert_refused(
        token if is_signed else token.rpartition(".")[0] + ".", "wrong_algorithm"
    )


def _public_texts() -> dict[str, bytes]:
    public = signing_handle("ES256").private_key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "PEM": pem,
        "PEM without its last line break": pem.rstrip(),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "JWK": json.dumps(current_ring().public_jwks[0]).encode(),
        "key id": signing_handle("ES256").kid.encode(),
        "nothing": b"",
    }


@pytest.mark.rfc("8725", "2.1")
@pytest.mark.rfc("8725", "3.1")
@pytest.mark.parametrize(
    "text", ["PEM", "PEM without its last line break", "DER", "JWK", "key id", "nothing"]
)
@pytest.mark.parametrize(
    "algorithm, reason", [("HS256", "wrong_algorithm"), ("ES256", "wrong_signature")]
)
def test_public_key_as_hmac_secret_is_refused(orders_api, text, algorithm, reason):
    signed = signed_by_us(our_header(alg=algorithm), good_claims()).rpartition(".")[0]
    mac = hmac.digest(_public_texts()[text], signed.encode(), hashlib.sha256)
    orders_api.assert_refused(f"{signed}.{b64(mac)}", reason)


@pytest.mark.rfc("8725", "3.2")
@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "PS256"])
def test_foreign_key_of_another_algorithm_under_our_kid_is_refused(orders_api, algorithm):
    token = assemble(our_header(alg=algorithm), good_claims(), private_key(algorithm), algorithm)
    orders_api.assert_refused(token, "wrong_algorithm")


@pytest.mark.rfc("8725", "3.10")
def test_foreign_key_under_our_kid_is_refused(orders_api):
    orders_api.assert_refused(
        assemble(our_header(), good_claims(), private_key("ES256")), "wrong_signature"
    )


@pytest.mark.rfc("8725", "3.10")
@pytest.mark.parametrize(
    "kid",
    [
        pytest.param("unknown", id="unknown"),
        pytest.param("", id="empty"),
        pytest.param(None, id="missing"),
        pytest.param(1, id="a number"),
        pytest.param(True, id="true"),
        pytest.param([], id="a list"),
        pytest.param({"a": "b"}, id="an object"),
        pytest.param("../../etc/passwd", id="a path"),
        pytest.param("' OR 1=1 --", id="SQL"),
        pytest.param("a\x00b", id="with NUL"),
        pytest.param("x" * 3000, id="huge"),
    ],
)
def test_kid_that_names_no_key_of_ours_is_refused(orders_api, kid):
    orders_api.assert_refused(signed_by_us(our_header(kid=kid), good_claims()), "unknown_key")


def test_kid_with_half_a_character_is_refused(orders_api):
    token = signed_by_us(our_header(kid="\ud800"), good_claims())
    orders_api.assert_refused(token, "malformed_token")


def test_kid_that_is_null_is_refused(orders_api):
    header = with_member(our_header(kid=None), '"kid": null')
    orders_api.assert_refused(signed_by_us(header, good_claims()), "unknown_key")


@pytest.mark.rfc("8725", "3.10")
@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "x5t"])
@pytest.mark.parametrize("names_our_key", [True, False], ids=["our kid", "their kid"])
def test_key_that_comes_with_the_token_is_neither_used_nor_fetched(
    orders_api, member, names_our_key
):
    with running_key_server() as server:
        server.publish(jwk())
        public = private_key("ES256").public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        brought = {"jwk": jwk(), "x5c": [b64(der)], "x5t": "abc"}.get(member, server.url)
        header = our_header(**{member: brought}, **({} if names_our_key else {"kid": jwk()["kid"]}))
        token = assemble(header, good_claims(), private_key("ES256"))
        orders_api.assert_refused(token, "wrong_signature" if names_our_key else "unknown_key")
        assert server.asked == 0


@pytest.mark.rfc("8725", "3.11")
@pytest.mark.rfc("9068", "4")
@pytest.mark.parametrize(
    "typ",
    [
        pytest.param("JWT", id="JWT, as ID tokens have"),
        pytest.param("logout+jwt", id="logout token"),
        pytest.param("token-introspection+jwt", id="our own introspection answer"),
        pytest.param("application/jwt", id="media type of all JWTs"),
        pytest.param("at+jwt ", id="with a space"),
        pytest.param("text/at+jwt", id="another media type"),
        pytest.param("", id="empty"),
        pytest.param(None, id="missing"),
        pytest.param(1, id="a number"),
        pytest.param(["at+jwt"], id="a list"),
    ],
)
def test_token_of_another_type_is_refused(orders_api, typ):
    orders_api.assert_refused(signed_by_us(our_header(typ=typ), good_claims()), "wrong_type")


@pytest.mark.rfc("9068", "4")
@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt", "Application/At+JWT"])
def test_type_is_read_as_a_media_type(orders_api, typ):
    orders_api.assert_accepted(signed_by_us(our_header(typ=typ), good_claims()))


@pytest.mark.rfc("7515", "4.1.11")
@pytest.mark.parametrize("crit", [["exp"], ["b64"], ["unheard of"], [], "exp", 1, False])
def test_critical_header_is_refused(orders_api, crit):
    orders_api.assert_refused(
        signed_by_us(our_header(crit=crit, b64=True), good_claims()), "critical_header"
    )


@pytest.mark.rfc("7515", "4")
@pytest.mark.parametrize("member", ['"alg": "ES256"', '"alg": "none"', '"kid": "x"', '"typ": "x"'])
def test_header_that_stands_twice_is_refused(orders_api, member):
    header = with_member(our_header(), member)
    orders_api.assert_refused(signed_by_us(header, good_claims()), "malformed_token")


@pytest.mark.rfc("8725", "3.3")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: "", id="none"),
        pytest.param(lambda signature: signature[:-4], id="truncated"),
        pytest.param(lambda signature: signature[:1], id="one character"),
        pytest.param(lambda signature: signature + "AAAA", id="lengthened"),
        pytest.param(lambda _: b64(bytes(64)), id="zeros, which fooled one library"),
        pytest.param(lambda _: b64(b"\xff" * 64), id="over the order of the curve"),
        pytest.param(lambda signature: signature[43:] + signature[:43], id="swapped halves"),
    ],
)
def test_changed_signature_is_refused(orders_api, change):
    signed, _, signature = signed_by_us(our_header(), good_claims()).rpartition(".")
    orders_api.assert_refused(f"{signed}.{change(signature)}", "wrong_signature")


@pytest.mark.rfc("8725", "3.3")
@pytest.mark.parametrize(
    "changes", [{"scope": "orders:read orders:write"}, {"exp": 9_999_999_999}, {"sub": "root"}]
)
def test_changed_claims_are_refused(orders_api, changes):
    token = signed_by_us(our_header(), good_claims())
    header, _, signature = token.split(".")
    _, original = parts(token)
    forged = b64(json.dumps({**original, **changes}).encode())
    orders_api.assert_refused(f"{header}.{forged}.{signature}", "wrong_signature")


BOMBS = {
    "arrays": "[" * 5900,
    "closed arrays": "[" * 2900 + "]" * 2900,
    "objects": '{"a":' * 1100,
    "a number of thousands of digits": "9" * 5000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_nested_json_in_the_claims_is_refused(orders_api, bomb):
    raw = f'{{"iss": "{ISSUER}", "a": {bomb}}}'
    orders_api.assert_refused(f"{b64(b'{}')}.{b64(raw.encode())}.AAAA", reason_of(raw))


def reason_of(payload: str) -> str:
    """Return why this interpreter refuses the bomb: newer ones bear deeper arrays."""
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        return "foreign_token"
    return "wrong_type"


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_nested_json_in_the_header_is_refused(orders_api, bomb):
    raw = f'{{"a": {bomb}'
    payload = b64(json.dumps(good_claims()).encode())
    orders_api.assert_refused(f"{b64(raw.encode())}.{payload}.AAAA", "malformed_token")


def test_nesting_at_the_limit_of_the_interpreter_is_refused(orders_api):
    # Two readings at two depths of the stack would leave a depth that only one of them bears.
    header = json.dumps(our_header())[:-1]
    payload = json.dumps({**good_claims(), "jti": "x"})
    for depth in range(500, 1000):
        raw = f'{header}, "a": {"[" * depth}{"]" * depth}}}'
        token = f"{b64(raw.encode())}.{b64(payload.encode())}.AAAA"
        assert orders_api.call(token).status_code == 401


@pytest.mark.parametrize(
    "header, payload",
    [
        pytest.param("[]", '{"iss": "ISSUER"}', id="header is a list"),
        pytest.param("null", '{"iss": "ISSUER"}', id="header is null"),
        pytest.param("1", '{"iss": "ISSUER"}', id="header is a number"),
        pytest.param("", '{"iss": "ISSUER"}', id="no header"),
        pytest.param("{", '{"iss": "ISSUER"}', id="half a header"),
        pytest.param('{"alg": "ES256",}', '{"iss": "ISSUER"}', id="a comma too many"),
        pytest.param("{} {}", '{"iss": "ISSUER"}', id="two headers"),
    ],
)
def test_header_that_is_no_object_is_refused(orders_api, header, payload):
    claims_part = b64(payload.replace("ISSUER", ISSUER).encode())
    token = f"{b64(header.encode())}.{claims_part}.AAAA"
    # Without a header it has not the form of a JWT, and then nobody's issuer.
    orders_api.assert_refused(token, "malformed_token" if header else "foreign_token")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_header_that_is_not_utf_8_is_refused(orders_api, encoding):
    header = b64(json.dumps(our_header()).encode(encoding))
    token = f"{header}.{b64(json.dumps(good_claims()).encode())}.AAAA"
    orders_api.assert_refused(token, "malformed_token")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("a.b.c", id="three letters"),
        pytest.param("e30.W10.AAAA", id="claims are a list"),
        pytest.param("e30.AAAAA.AAAA", id="claims are no base64url"),
        pytest.param("e30.e30", id="two parts"),
        pytest.param("e30.e30.AA.AA", id="four parts"),
        pytest.param("e30.e30.e30.e30.e30", id="five parts: encrypted"),
        pytest.param("e30..AAAA", id="no claims"),
        pytest.param("e30.e30.AA==", id="padding"),
    ],
)
def test_what_is_no_jwt_of_ours_is_refused(orders_api, token):
    orders_api.assert_refused(token, "foreign_token")


@pytest.mark.rfc("6750", "3.1")
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda token: token + " x", id="something behind it"),
        pytest.param(lambda token: f"{token},{token}", id="two tokens"),
        pytest.param(lambda token: json.dumps({"payload": token}), id="JSON serialization"),
        pytest.param(lambda token: f"{token}ü", id="not ASCII"),
        pytest.param(lambda token: token + "A" * 9000, id="huge"),
    ],
)
def test_what_is_no_b64token_is_400(orders_api, make):
    orders_api.assert_malformed(make(signed_by_us(our_header(), good_claims())))


def test_longest_token_that_is_looked_at_is_8_kib(orders_api):
    token = signed_by_us(our_header(), good_claims(jti="x" * 5600))
    padding = (8 * 1024 - len(token)) * 3 // 4 - 1
    longest = signed_by_us(our_header(), good_claims(jti="x" * (5600 + padding)))
    assert 8 * 1024 - 4 <= len(longest) <= 8 * 1024
    orders_api.assert_accepted(longest)
    longer = signed_by_us(our_header(), good_claims(jti="x" * (5610 + padding)))
    orders_api.assert_malformed(longer)
