"""
The keys by which a scanning service signs its reports of leaks, in the form of GitHub's.

https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partner-program
"""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature as CryptographicMismatch
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm

from oauth_m2m import protocol
from oauth_m2m.errors import InvalidSignature, Reason, TemporarilyUnavailable
from oauth_m2m.keys.remote_jwks import RemoteKeysUnavailableError, remote_keys

__all__ = ["check_report_signature", "parse_scanner_keys"]


def check_report_signature(body: bytes, identifier: str, signature: str, keys_url: str) -> None:
    """
    Raise InvalidSignature unless the key *identifier* signed *body*, by ECDSA with SHA-256.

    *signature* is DER in base64. The keys are those at *keys_url*; raises
    TemporarilyUnavailable while there are none to be had.
    """
    if not identifier or not signature:
        raise InvalidSignature(Reason.MISSING_SIGNATURE)
    try:
        key = remote_keys(keys_url, parse=parse_scanner_keys).find(identifier)
    except RemoteKeysUnavailableError:
        raise TemporarilyUnavailable(Reason.KEYS_UNAVAILABLE) from None
    if key is None:
        raise InvalidSignature(Reason.UNKNOWN_KEY)
    try:
        key.key.verify(base64.b64decode(signature, validate=True), body, ec.ECDSA(hashes.SHA256()))
    except (ValueError, CryptographicMismatch):
        raise InvalidSignature(Reason.WRONG_SIGNATURE) from None


def parse_scanner_keys(body: bytes) -> dict[str, PyJWK]:
    """
    Return the P-256 keys of the document *body* by their identifiers.

    Keys that have left ``is_current`` behind count too: a report may be on its way for long.
    Raises ValueError for a document without a usable key.
    """
    try:
        document = json.loads(body)
    except RecursionError:
        document = None
    members = document.get("public_keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        message = "not a list of keys"
        raise ValueError(message)  # noqa: TRY004 - one kind for all that is wrong with a body
    found = {
        member["key_identifier"]: key for member in members if (key := _usable(member)) is not None
    }
    if not found:
        message = "no usable key"
        raise ValueError(message)
    return found


def _usable(member: Any) -> PyJWK | None:
    """Return the key, or None for one that cannot verify: the others still may."""
    if not isinstance(member, dict) or not isinstance(member.get("key_identifier"), str):
        return None
    try:
        public = serialization.load_pem_public_key(str(member.get("key")).encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        return None
    return PyJWK(ECAlgorithm.to_jwk(public, as_dict=True), algorithm=protocol.ES256)
