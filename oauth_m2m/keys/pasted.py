"""
Public keys as people paste them: a JWK, a JWK Set, a PEM public key, or a certificate.

https://www.rfc-editor.org/rfc/rfc7517
https://www.rfc-editor.org/rfc/rfc7468
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oauth_m2m import protocol
from oauth_m2m.keys.certificates import read_certificate
from oauth_m2m.keys.jwk import thumbprint, with_known_algorithm

__all__ = ["PastedKey", "PrivateKeyPasted", "UnusableKey", "read_pasted_keys"]

MAX_LENGTH: Final = 64 * 1024
MAX_KEYS: Final = 20
MIN_RSA_BITS: Final = 2048
_BEGIN_CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"

# RFC 7518 sections 6.2.2, 6.3.2, 6.4: what no public key has.
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class UnusableKey(Exception):
    """What was pasted is no public key; the text says what to paste instead."""


class PrivateKeyPasted(UnusableKey):
    """A private key was pasted. It has now been in a form and must be replaced."""


@dataclass(frozen=True, slots=True)
class PastedKey:
    """One public key, ready to be registered."""

    kid: str
    public_jwk: dict[str, Any] = field(repr=False)
    certificate: str = field(default="", repr=False)
    sha256_thumbprint: str = ""
    subject_dn: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None


def read_pasted_keys(text: str) -> list[PastedKey]:
    """Return the keys in *text*, at least one; raises UnusableKey or PrivateKeyPasted."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        message = "That is too long for a key."
        raise UnusableKey(message)
    if "PRIVATE KEY" in text:
        raise _private()
    if text.startswith("{"):
        return _from_json(text)
    if _BEGIN_CERTIFICATE in text:
        return [_from_certificate(text)]
    if "-----BEGIN" in text:
        return [_from_pem(text)]
    message = "Paste a JWK, a JWK Set, a PEM public key, or a PEM certificate."
    raise UnusableKey(message)


def _private() -> PrivateKeyPasted:
    return PrivateKeyPasted(
        "That is a private key. It was not stored, but it has left its owner: make a new pair,"
        " and paste its public half only."
    )


def _from_json(text: str) -> list[PastedKey]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        message = "That is not valid JSON."
        raise UnusableKey(message) from None
    members = document.get("keys") if "keys" in document else [document]
    if not isinstance(members, list) or not 1 <= len(members) <= MAX_KEYS:
        message = f"A JWK Set has between 1 and {MAX_KEYS} keys."
        raise UnusableKey(message)
    return [_from_jwk(member) for member in members]


def _from_jwk(members: object) -> PastedKey:
    if not isinstance(members, dict):
        message = "A JWK is a JSON object."
        raise UnusableKey(message)
    if members.get("kty") == "oct":
        message = "That is a shared secret, not a public key."
        raise UnusableKey(message)
    if _PRIVATE_MEMBERS & members.keys():
        raise _private()
    if members.get("use", "sig") != "sig":
        message = "That key is not for signatures: its use must be sig."
        raise UnusableKey(message)
    members = with_known_algorithm(members)
    algorithm, kid = members.get("alg"), members.get("kid")
    if kid is not None and not (isinstance(kid, str) and kid.isprintable() and len(kid) <= 255):
        message = "The kid of a key has at most 255 characters, all of them printable."
        raise UnusableKey(message)
    if algorithm is not None and algorithm not in protocol.ASYMMETRIC_ALGORITHMS:
        message = f"The algorithm must be one of {', '.join(protocol.ASYMMETRIC_ALGORITHMS)}."
        raise UnusableKey(message)
    try:
        public = jwt.PyJWK(members).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        message = "That is no JWK that can be used."
        raise UnusableKey(message) from None
    jwk = _as_jwk(public)
    kid = kid or jwk["kid"]
    return PastedKey(kid=kid, public_jwk={**jwk, "kid": kid, **_algorithm(algorithm)})


def _from_pem(text: str) -> PastedKey:
    try:
        public = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        message = "That PEM text is no public key that can be read."
        raise UnusableKey(message) from None
    jwk = _as_jwk(public)
    return PastedKey(kid=jwk["kid"], public_jwk=jwk)


def _from_certificate(text: str) -> PastedKey:
    try:
        # openssl writes what it knows of a certificate in front of it.
        certificate = read_certificate(text[text.index(_BEGIN_CERTIFICATE) :].encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"Paste exactly one certificate: {error}."
        raise UnusableKey(message) from None
    # Clients name a certificate by its thumbprint (x5t#S256), so that is its key id.
    kid = certificate.thumbprint
    return PastedKey(
        kid=kid,
        public_jwk={**_as_jwk(certificate.public_key), "kid": kid},
        certificate=certificate.pem,
        sha256_thumbprint=certificate.thumbprint,
        subject_dn=certificate.subject_dn[:500],
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )


def _as_jwk(public: Any) -> dict[str, Any]:
    message = "Only RSA, Ed25519, and P-256, P-384 or P-521 keys can be used."
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < MIN_RSA_BITS:
            message = f"An RSA key needs at least {MIN_RSA_BITS} bits; this has {public.key_size}."
            raise UnusableKey(message)
        members: Mapping[str, Any] = RSAAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        if not isinstance(public.curve, ec.SECP256R1 | ec.SECP384R1 | ec.SECP521R1):
            raise UnusableKey(message)
        members = ECAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, ed25519.Ed25519PublicKey):
        members = OKPAlgorithm.to_jwk(public, as_dict=True)
    else:
        raise UnusableKey(message)
    bare = {name: value for name, value in members.items() if name not in {"key_ops", "kid"}}
    return {**bare, "kid": thumbprint(bare)}


def _algorithm(algorithm: str | None) -> dict[str, str]:
    return {} if algorithm is None else {"alg": algorithm}
