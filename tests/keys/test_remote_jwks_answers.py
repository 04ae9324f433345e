"""What another server may answer instead of good keys, and that none of it lets anyone in."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from oauth_m2m.keys.fetch import MAX_BYTES
from oauth_m2m.keys.remote_jwks import (
    KEPT_SECONDS,
    RemoteKeys,
    RemoteKeysUnavailableError,
)
from tests.jose import private_key
from tests.key_server import KeyServer, jwk


def let_pass(keys: RemoteKeys, seconds: float) -> None:
    keys._fetched_at -= seconds
    keys._tried_at -= seconds


def _own(text: str) -> bytes:
    return text.replace("JWK", json.dumps(jwk())).encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>Welcome</html>", id="HTML"),
        pytest.param(_own("[JWK]"), id="an array"),
        pytest.param(_own("JWK"), id="a bare key"),
        pytest.param(b'{"keys": []}', id="no keys"),
        pytest.param(b"{}", id="no member keys"),
        pytest.param(_own('{"keys": JWK}'), id="keys is an object"),
        pytest.param(b'{"keys": 1}', id="keys is a number"),
        pytest.param(b'{"keys": "abc"}', id="keys is a string"),
        pytest.param(_own('{"keys": [JWK]')[:-20], id="half of a set"),
        pytest.param(_own('{"keys": [JWK]}').decode().encode("utf-16-le")[1:], id="bad bytes"),
        pytest.param(b'{"keys": ' + b"[" * 100_000, id="nested JSON"),
        pytest.param(b'{"keys": [' + b"9" * 10_000 + b"]}", id="a huge number"),
        pytest.param(_own('{"keys": [JWK]}') + b" " * MAX_BYTES, id="too large"),
    ],
)
def test_body_that_is_no_key_set_gives_no_key_and_takes_none_away(server: KeyServer, body):
    server.body = body
    with pytest.raises(RemoteKeysUnavailableError):
        RemoteKeys(server.url).find(jwk()["kid"])
    server.publish(jwk())
    keys = RemoteKeys(server.url)
    keys.find(jwk()["kid"])
    server.body = body
    let_pass(keys, KEPT_SECONDS + 1)
    assert keys.find(jwk()["kid"]) is not None
    assert server.asked == 3


def test_largest_body_that_is_read(server: KeyServer):
    server.publish(jwk())
    server.body += b" " * (MAX_BYTES - len(server.body))
    assert RemoteKeys(server.url).find(jwk()["kid"]) is not None


def _secp256k1() -> dict[str, object]:
    key = ec.generate_private_key(ec.SECP256K1())
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True)


def _rsa_of_1024_bits() -> dict[str, object]:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)


SECRET = {"kty": "oct", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA"}


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: SECRET, id="symmetric"),
        pytest.param(lambda: {**SECRET, "alg": "ES256"}, id="symmetric with another algorithm"),
        pytest.param(lambda: {**jwk(), "alg": "HS256"}, id="public key for HMAC"),
        pytest.param(lambda: {**jwk(), "alg": "none"}, id="algorithm none"),
        pytest.param(lambda: {**jwk(), "alg": ["ES256"]}, id="algorithm is a list"),
        pytest.param(lambda: {**jwk(), "alg": "Ed25519"}, id="EC key for Ed25519"),
        pytest.param(lambda: {**jwk(), "use": "enc"}, id="for encryption"),
        pytest.param(
            lambda: RSAAlgorithm.to_jwk(private_key("RS256"), as_dict=True), id="private RSA"
        ),
        pytest.param(
            lambda: ECAlgorithm.to_jwk(private_key("ES256"), as_dict=True), id="private EC"
        ),
        pytest.param(_rsa_of_1024_bits, id="RSA of 1024 bits"),
        pytest.param(_secp256k1, id="a curve whose algorithm nobody asked for"),
        pytest.param(lambda: {**jwk(), "kty": "unheard of"}, id="unknown kind"),
        pytest.param(lambda: {**jwk(), "kty": None}, id="no kind"),
        pytest.param(lambda: {**jwk(), "crv": "P-999"}, id="unknown curve"),
        pytest.param(lambda: {**jwk(), "x": "AAAA"}, id="no point of the curve"),
        pytest.param(lambda: {**jwk(), "x": 1}, id="coordinate is a number"),
        pytest.param(lambda: {**jwk("RS256"), "n": None}, id="no modulus"),
        pytest.param(lambda: {**jwk("EdDSA"), "x": "AAAA"}, id="short Ed25519 key"),
    ],
)
def test_unusable_key_is_left_out_and_the_others_serve(server: KeyServer, make):
    server.publish({**make(), "kid": "bad"}, jwk("EdDSA", 9))
    keys = RemoteKeys(server.url)
    assert keys.find("bad") is None
    assert keys.find(jwk("EdDSA", 9)["kid"]) is not None


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(None, id="null"),
        pytest.param(1, id="a number"),
        pytest.param("abc", id="a string"),
        pytest.param([], id="a list"),
        pytest.param({}, id="empty"),
        pytest.param({**jwk(), "kid": 1}, id="kid is a number"),
        pytest.param({**jwk(), "kid": ["a"]}, id="kid is a list"),
    ],
)
def test_entry_that_is_no_key_with_a_name_is_left_out(server: KeyServer, entry):
    server.publish(entry, jwk("EdDSA", 9))
    assert RemoteKeys(server.url).find(jwk("EdDSA", 9)["kid"]) is not None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(server: KeyServer, status):
    server.publish(jwk())
    server.status, server.headers = status, {"Location": "/elsewhere"}
    with pytest.raises(RemoteKeysUnavailableError):
        RemoteKeys(server.url).find(jwk()["kid"])
    assert server.asked == 1


@pytest.mark.parametrize("status", [204, 401, 404, 500, 503])
def test_answer_with_another_status_is_not_a_key_set(server: KeyServer, status):
    server.publish(jwk())
    server.status, server.headers = status, {"Content-Length": str(len(server.body))}
    with pytest.raises(RemoteKeysUnavailableError):
        RemoteKeys(server.url).find(jwk()["kid"])


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="closes at once"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 two hundred\r\n\r\n", id="bad status line"),
        pytest.param(b"HTTP/1.1 200 " + b"x" * 70_000, id="endless line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", id="many headers"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", id="bad chunk"
        ),
    ],
)
def test_answer_that_is_no_http_is_no_key_set(server: KeyServer, raw):
    server.raw = raw
    with pytest.raises(RemoteKeysUnavailableError):
        RemoteKeys(server.url).find(jwk()["kid"])
