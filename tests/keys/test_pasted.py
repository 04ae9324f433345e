"""Keys as people paste them into a form, and what they paste by mistake."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oauth_m2m.keys.jwk import public_jwk, thumbprint
from oauth_m2m.keys.pasted import (
    MAX_KEYS,
    MAX_LENGTH,
    PastedKey,
    PrivateKeyPasted,
    UnusableKey,
    read_pasted_keys,
)
from tests.certificates import DAY, make_certificate
from tests.jose import private_key

ALGORITHMS = ["ES256", "EdDSA", "RS256"]
PRIVATE = (
    "That is a private key. It was not stored, but it has left its owner: make a new pair,"
    " and paste its public half only."
)
KINDS = "Only RSA, Ed25519, and P-256, P-384 or P-521 keys can be used."


def bare(algorithm: str) -> dict[str, Any]:
    jwk = public_jwk(private_key(algorithm), algorithm)
    return {name: value for name, value in jwk.items() if name not in {"alg", "use", "kid"}}


def public_pem(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_text(key: Any, form: PrivateFormat, password: bytes = b"") -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()


def refused(text: str) -> UnusableKey:
    with pytest.raises(UnusableKey) as error:
        read_pasted_keys(text)
    return error.value


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jwk_keeps_its_name_and_its_algorithm(algorithm):
    named = {**bare(algorithm), "kid": "mine", "alg": algorithm}
    text = json.dumps({**named, "use": "sig", "note": "of ours"})
    assert read_pasted_keys(f"\n {text} \n") == [PastedKey(kid="mine", public_jwk=named)]


def test_newer_name_of_eddsa_is_stored_as_the_older_one():
    [key] = read_pasted_keys(json.dumps({**bare("EdDSA"), "kid": "mine", "alg": "Ed25519"}))
    assert key.public_jwk == {**bare("EdDSA"), "kid": "mine", "alg": "EdDSA"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jwk_without_a_name_is_named_by_its_thumbprint(algorithm):
    [key] = read_pasted_keys(json.dumps(bare(algorithm)))
    name = thumbprint(bare(algorithm))
    assert key == PastedKey(kid=name, public_jwk={**bare(algorithm), "kid": name})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pem_is_named_by_its_thumbprint(algorithm):
    [key] = read_pasted_keys(public_pem(private_key(algorithm)))
    name = thumbprint(bare(algorithm))
    assert key == PastedKey(kid=name, public_jwk={**bare(algorithm), "kid": name})


@pytest.mark.parametrize("curve", [ec.SECP384R1, ec.SECP521R1])
def test_larger_curves_of_nist_are_taken(curve):
    key = ec.generate_private_key(curve())
    expected = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    for text in (public_pem(key), json.dumps(expected)):
        [pasted] = read_pasted_keys(text)
        assert pasted.public_jwk == {**expected, "kid": thumbprint(expected)}


def test_each_key_of_a_set_is_returned_in_its_order():
    members = [{**bare("ES256"), "kid": "b"}, {**bare("EdDSA"), "kid": "a"}]
    keys = read_pasted_keys(json.dumps({"keys": members, "more": 1}))
    assert [key.kid for key in keys] == ["b", "a"]


def test_certificate_is_named_by_its_thumbprint_and_keeps_its_times():
    holder = make_certificate("CN=orders,O=Example")
    [key] = read_pasted_keys(f"Bag Attributes\n  friendlyName: orders\n{holder.pem}")
    assert key == PastedKey(
        kid=holder.thumbprint,
        public_jwk={
            **ECAlgorithm.to_jwk(holder.key.public_key(), as_dict=True),
            "kid": holder.thumbprint,
        },
        certificate=holder.pem,
        sha256_thumbprint=holder.thumbprint,
        subject_dn="CN=orders,O=Example",
        not_before=holder.certificate.not_valid_before_utc,
        not_after=holder.certificate.not_valid_after_utc,
    )


def test_key_shows_in_no_repr():
    [key] = read_pasted_keys(make_certificate().pem)
    assert "BEGIN" not in repr(key)
    assert key.public_jwk["x"] not in repr(key)


PRIVATE_FORMS = {
    "PKCS 8": lambda: private_text(private_key("ES256"), PrivateFormat.PKCS8),
    "PKCS 8, encrypted": lambda: private_text(private_key("ES256"), PrivateFormat.PKCS8, b"x"),
    "PKCS 1": lambda: private_text(private_key("RS256"), PrivateFormat.TraditionalOpenSSL),
    "SEC 1": lambda: private_text(private_key("ES256"), PrivateFormat.TraditionalOpenSSL),
    "OpenSSH": lambda: private_text(private_key("EdDSA"), PrivateFormat.OpenSSH),
    "EC JWK": lambda: json.dumps(ECAlgorithm.to_jwk(private_key("ES256"), as_dict=True)),
    "RSA JWK": lambda: json.dumps(RSAAlgorithm.to_jwk(private_key("RS256"), as_dict=True)),
    "Ed25519 JWK": lambda: json.dumps(OKPAlgorithm.to_jwk(private_key("EdDSA"), as_dict=True)),
    "a prime of an RSA key": lambda: json.dumps({**bare("RS256"), "p": "AQAB"}),
    "second of a set": lambda: json.dumps(
        {"keys": [bare("EdDSA"), ECAlgorithm.to_jwk(private_key("ES256"), as_dict=True)]}
    ),
    "certificate with its key": lambda: make_certificate().pem + make_certificate().key_pem,
    "key with its certificate": lambda: make_certificate().key_pem + make_certificate().pem,
    "half of a PEM": lambda: "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG",
}


@pytest.mark.parametrize("make", PRIVATE_FORMS.values(), ids=list(PRIVATE_FORMS))
def test_private_key_is_refused_and_must_be_replaced(make):
    text = make()
    error = refused(text)
    assert isinstance(error, PrivateKeyPasted)
    assert str(error) == PRIVATE
    assert error.__cause__ is None


def _short_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused


NO_JWK = "That is no JWK that can be used."
ALGORITHM_WANTED = (
    "The algorithm must be one of ES256, ES384, ES512, EdDSA, RS256, RS384, RS512, PS256, PS384,"
    " PS512."
)
KID_WANTED = "The kid of a key has at most 255 characters, all of them printable."
SET_WANTED = f"A JWK Set has between 1 and {MAX_KEYS} keys."
SHORT = "An RSA key needs at least 2048 bits; this has 1024."
NO_PEM = "That PEM text is no public key that can be read."
PASTE = "Paste a JWK, a JWK Set, a PEM public key, or a PEM certificate."

UNUSABLE = {
    "nothing": (lambda: "", PASTE),
    "blanks": (lambda: " \n", PASTE),
    "prose": (lambda: "my key", PASTE),
    "an SSH key": (lambda: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHx me@home", PASTE),
    "a JSON array": (lambda: json.dumps([bare("ES256")]), PASTE),
    "too long": (lambda: "{" + " " * MAX_LENGTH + "}", "That is too long for a key."),
    "half a JWK": (lambda: json.dumps(bare("ES256"))[:-9], "That is not valid JSON."),
    "deep JSON": (lambda: '{"a":' + "[" * 20_000, "That is not valid JSON."),
    "an empty set": (lambda: '{"keys": []}', SET_WANTED),
    "too many keys": (lambda: json.dumps({"keys": [bare("ES256")] * (MAX_KEYS + 1)}), SET_WANTED),
    "keys is an object": (lambda: json.dumps({"keys": bare("ES256")}), SET_WANTED),
    "an entry that is a string": (lambda: '{"keys": ["a"]}', "A JWK is a JSON object."),
    "a shared secret": (
        lambda: '{"kty": "oct", "k": "c2VjcmV0"}',
        "That is a shared secret, not a public key.",
    ),
    "for encryption": (
        lambda: json.dumps({**bare("ES256"), "use": "enc"}),
        "That key is not for signatures: its use must be sig.",
    ),
    "HMAC": (lambda: json.dumps({**bare("ES256"), "alg": "HS256"}), ALGORITHM_WANTED),
    "algorithm none": (lambda: json.dumps({**bare("ES256"), "alg": "none"}), ALGORITHM_WANTED),
    "algorithm is a list": (lambda: json.dumps({**bare("ES256"), "alg": []}), ALGORITHM_WANTED),
    "algorithm of another kind": (lambda: json.dumps({**bare("ES256"), "alg": "RS256"}), NO_JWK),
    "Ed25519 of another kind": (lambda: json.dumps({**bare("ES256"), "alg": "Ed25519"}), NO_JWK),
    "NUL in the kid": (lambda: json.dumps({**bare("ES256"), "kid": "a\0"}), KID_WANTED),
    "a long kid": (lambda: json.dumps({**bare("ES256"), "kid": "a" * 256}), KID_WANTED),
    "the kid is a number": (lambda: json.dumps({**bare("ES256"), "kid": 1}), KID_WANTED),
    "no kind": (lambda: "{}", NO_JWK),
    "an unknown kind": (lambda: json.dumps({**bare("ES256"), "kty": "XY"}), NO_JWK),
    "no coordinate": (lambda: json.dumps({**bare("ES256"), "y": None}), NO_JWK),
    "no point of the curve": (lambda: json.dumps({**bare("ES256"), "x": "AAAA"}), NO_JWK),
    "a number for a modulus": (lambda: json.dumps({**bare("RS256"), "n": 5}), NO_JWK),
    "short RSA": (lambda: public_pem(_short_rsa()), SHORT),
    "short RSA JWK": (
        lambda: json.dumps(RSAAlgorithm.to_jwk(_short_rsa().public_key(), as_dict=True)),
        SHORT,
    ),
    "secp256k1": (lambda: public_pem(ec.generate_private_key(ec.SECP256K1())), KINDS),
    "secp256k1 JWK": (
        lambda: json.dumps(
            ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256K1()).public_key(), as_dict=True)
        ),
        KINDS,
    ),
    "P-224": (lambda: public_pem(ec.generate_private_key(ec.SECP224R1())), KINDS),
    "Ed448": (lambda: public_pem(ed448.Ed448PrivateKey.generate()), KINDS),
    "X25519": (lambda: public_pem(x25519.X25519PrivateKey.generate()), KINDS),
    "DSA": (lambda: public_pem(dsa.generate_private_key(2048)), KINDS),
    "broken PEM": (lambda: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", NO_PEM),
    "half a surrogate pair": (lambda: "-----BEGIN PUBLIC KEY-----\ud800", NO_PEM),
    "a request for a certificate": (lambda: "-----BEGIN CERTIFICATE REQUEST-----", NO_PEM),
    "two certificates": (
        lambda: make_certificate().pem + make_certificate().pem,
        "Paste exactly one certificate: more than one certificate.",
    ),
}


@pytest.mark.parametrize("make, words", UNUSABLE.values(), ids=list(UNUSABLE))
def test_what_is_no_public_key_is_refused_in_words(make, words):
    error = refused(make())
    assert not isinstance(error, PrivateKeyPasted)
    assert str(error) == words


def test_certificate_that_cannot_be_read_is_refused_in_words():
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    assert str(refused(broken)).startswith("Paste exactly one certificate: ")


def test_expired_certificate_can_be_read_so_that_the_form_can_say_so():
    holder = make_certificate(begins=-2 * DAY, ends=-timedelta(hours=1))
    [key] = read_pasted_keys(holder.pem)
    assert key.not_after == holder.certificate.not_valid_after_utc
