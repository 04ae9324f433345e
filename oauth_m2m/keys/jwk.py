"""
Private and public keys in the forms of JOSE.

https://www.rfc-editor.org/rfc/rfc7517#section-4
https://www.rfc-editor.org/rfc/rfc7638#section-3
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oauth_m2m import protocol

__all__ = [
    "RSA_BITS",
    "PrivateKey",
    "generate_private_key",
    "load_private_key",
    "private_pem",
    "public_jwk",
    "suits",
    "thumbprint",
    "with_known_algorithm",
]

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

RSA_BITS: Final = 2048

# RFC 7638 section 3.2 and RFC 8037 section 2: the members that make a key what it is.
_REQUIRED_MEMBERS: Final = {
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
    "OKP": ("crv", "kty", "x"),
}


def generate_private_key(algorithm: str) -> PrivateKey:
    """Return a new private key for *algorithm*."""
    if algorithm == protocol.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == protocol.EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def load_private_key(pem: bytes) -> PrivateKey:
    """
    Read an unencrypted PEM private key: P-256, Ed25519, or RSA of at least 2048 bits.

    Raises ValueError for anything else, with words that show nothing of it.
    """
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        message = "the private key is encrypted; it must be in clear text"
        raise ValueError(message) from None
    except (ValueError, UnsupportedAlgorithm):
        message = "it is not a PEM private key"
        raise ValueError(message) from None
    is_p256 = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    is_rsa = isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS
    if isinstance(key, PrivateKey) and (
        is_p256 or is_rsa or isinstance(key, ed25519.Ed25519PrivateKey)
    ):
        return key
    message = "it is not a P-256, an Ed25519, or an RSA key of at least 2048 bits"
    raise ValueError(message)


def suits(key: PrivateKey, algorithm: str) -> bool:
    """Whether *key* can sign with *algorithm*."""
    if algorithm == protocol.ES256:
        return isinstance(key, ec.EllipticCurvePrivateKey)
    if algorithm == protocol.EDDSA:
        return isinstance(key, ed25519.Ed25519PrivateKey)
    return isinstance(key, rsa.RSAPrivateKey)


def private_pem(key: PrivateKey) -> bytes:
    """Return *key* as unencrypted PKCS 8."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_jwk(key: PrivateKey, algorithm: str) -> dict[str, Any]:
    """Return the public half of *key* as a JWK with ``kid``, ``alg`` and ``use``."""
    public = key.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        members = ECAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, rsa.RSAPublicKey):
        members = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        members = OKPAlgorithm.to_jwk(public, as_dict=True)
    bare = {name: members[name] for name in _REQUIRED_MEMBERS[members["kty"]]}
    return {**bare, "kid": thumbprint(bare), "alg": algorithm, "use": "sig"}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a public JWK, in base64url (RFC 7638)."""
    members = {name: jwk[name] for name in _REQUIRED_MEMBERS[jwk["kty"]]}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def with_known_algorithm(members: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the *members* of a JWK or a JWS header, with EdDSA under the name that PyJWT knows.

    RFC 9864 section 2.2 calls it Ed25519.
    """
    if members.get("alg") != protocol.ED25519:
        return dict(members)
    return {**members, "alg": protocol.EDDSA}
