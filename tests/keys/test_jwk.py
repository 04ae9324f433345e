"""The forms of keys."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from jwt import PyJWK
from jwt.algorithms import get_default_algorithms

from oauth_m2m import protocol
from oauth_m2m.keys.jwk import (
    generate_private_key,
    load_private_key,
    private_pem,
    public_jwk,
    suits,
    thumbprint,
)
from tests.jose import private_key

# RFC 7638 section 3.1 and RFC 8037 appendix A.3: the keys whose thumbprints are printed there.
RFC_7638_RSA = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
RFC_8037_ED25519 = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
MEMBERS = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
    "RS256": {"kty": "RSA", "e": "AQAB"},
    "PS256": {"kty": "RSA", "e": "AQAB"},
}
COORDINATES = {"ES256": {"x", "y"}, "EdDSA": {"x"}, "RS256": {"n"}, "PS256": {"n"}}


def pem(key, encryption: serialization.KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        encryption or serialization.NoEncryption(),
    )


@pytest.mark.rfc("7638", "3.1")
@pytest.mark.parametrize(
    "jwk, expected",
    [
        pytest.param(
            RFC_7638_RSA, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", id="RSA of RFC 7638"
        ),
        pytest.param(
            RFC_8037_ED25519, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", id="OKP of RFC 8037"
        ),
    ],
)
def test_thumbprint_is_the_one_printed_in_the_rfc(jwk, expected):
    assert thumbprint(jwk) == expected


@pytest.mark.rfc("7517", "4")
@pytest.mark.parametrize("algorithm", protocol.SIGNING_ALGORITHMS)
def test_public_jwk_has_exactly_the_public_members(algorithm):
    jwk = public_jwk(private_key(algorithm), algorithm)
    coordinates = {name: jwk.pop(name) for name in COORDINATES[algorithm]}
    bare = {**MEMBERS[algorithm], **coordinates}
    expected = {"kid": thumbprint(bare), "alg": algorithm, "use": "sig"}
    assert jwk == {**MEMBERS[algorithm], **expected}


@pytest.mark.parametrize("algorithm", protocol.SIGNING_ALGORITHMS)
def test_generated_key_signs_what_its_public_jwk_verifies(algorithm):
    key = generate_private_key(algorithm)
    signature = get_default_algorithms()[algorithm].sign(b"the message", key)
    public = PyJWK(public_jwk(key, algorithm))
    assert public.algorithm_name == algorithm
    assert public.Algorithm.verify(b"the message", public.key, signature)
    assert not public.Algorithm.verify(b"another", public.key, signature)


def test_two_generated_keys_differ():
    kids = {public_jwk(generate_private_key("ES256"), "ES256")["kid"] for _ in range(2)}
    assert len(kids) == 2


@pytest.mark.parametrize("algorithm", protocol.SIGNING_ALGORITHMS)
def test_key_survives_the_way_through_pem(algorithm):
    again = load_private_key(private_pem(private_key(algorithm)))
    assert public_jwk(again, algorithm) == public_jwk(private_key(algorithm), algorithm)


@pytest.mark.parametrize("form", ["TraditionalOpenSSL", "PKCS8"])
def test_pem_of_openssl_in_both_forms_is_read(form):
    text = private_key("RS256").private_bytes(
        serialization.Encoding.PEM,
        getattr(serialization.PrivateFormat, form),
        serialization.NoEncryption(),
    )
    assert suits(load_private_key(text), "RS256")


@pytest.mark.parametrize(
    "made_for, suitable",
    [
        ("ES256", {"ES256"}),
        ("EdDSA", {"EdDSA"}),
        ("RS256", {"RS256", "PS256"}),
        ("PS256", {"RS256", "PS256"}),
    ],
)
def test_key_suits_its_own_kind_of_algorithm_only(made_for, suitable):
    key = private_key(made_for)
    assert {name for name in protocol.SIGNING_ALGORITHMS if suits(key, name)} == suitable


WRONG_KIND = "it is not a P-256, an Ed25519, or an RSA key of at least 2048 bits"
NO_KEY = "it is not a PEM private key"
ENCRYPTED = "the private key is encrypted; it must be in clear text"


def _public_pem() -> bytes:
    return (
        private_key("ES256")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.parametrize(
    "make, sentence",
    [
        pytest.param(lambda: pem(ec.generate_private_key(ec.SECP384R1())), WRONG_KIND, id="P-384"),
        pytest.param(
            lambda: pem(ec.generate_private_key(ec.SECP256K1())), WRONG_KIND, id="secp256k1"
        ),
        pytest.param(
            lambda: pem(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - to be refused
            WRONG_KIND,
            id="RSA of 1024 bits",
        ),
        pytest.param(lambda: pem(ed448.Ed448PrivateKey.generate()), WRONG_KIND, id="Ed448"),
        pytest.param(
            lambda: pem(
                private_key("ES256"), serialization.BestAvailableEncryption(b"the passphrase")
            ),
            ENCRYPTED,
            id="encrypted",
        ),
        pytest.param(_public_pem, NO_KEY, id="public key"),
        pytest.param(lambda: b"", NO_KEY, id="nothing"),
        pytest.param(lambda: b"garbage \xff\x00", NO_KEY, id="garbage"),
        pytest.param(
            lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            NO_KEY,
            id="garbage inside PEM",
        ),
        pytest.param(lambda: pem(private_key("ES256"))[:60], NO_KEY, id="half a key"),
        pytest.param(
            lambda: private_key("ES256").private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            NO_KEY,
            id="DER",
        ),
    ],
)
def test_wrong_kind_of_key_is_refused_in_words(make, sentence):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        load_private_key(make())
    assert str(refused.value) == sentence
