"""
DPoP proofs: the caller shows with each request that it holds the key a token is bound to.

https://www.rfc-editor.org/rfc/rfc9449
"""

import base64
import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from jwt import PyJWK, PyJWTError

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidDPoPProof, Reason, UseDPoPNonce
from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.jwk import RSA_BITS, thumbprint
from oauth_m2m.keys.strict_jwt import LEEWAY_SECONDS, JwtRefused, read_jwt, verify_jwt
from oauth_m2m.models.replay import remember_once

__all__ = ["NONCE_LIFETIME_SECONDS", "PROOF_LIFETIME_SECONDS", "new_nonce", "proven_key"]

PROOF_LIFETIME_SECONDS: Final = 60
NONCE_LIFETIME_SECONDS: Final = 300

_NONCE_SALT: Final = "oauth_m2m.dpop.nonce"
_PUBLIC_MEMBERS: Final = frozenset({"kty", "crv", "x", "y", "n", "e"})
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PORTS: Final = {"https": 443, "http": 80}

# Scheme, host in lower case, port.
Origin = tuple[str, str, int | None]


def proven_key(
    request: HttpRequest, *, access_token: str | None = None, is_strict: bool = False
) -> str | None:
    """
    Return the thumbprint of the key that *request* proves, or None if it has no proof.

    With *access_token* the proof must be for that token (section 4.3); with *is_strict*, or
    under the strict profile, signed as FAPI 2.0 wants. Raises InvalidDPoPProof, or
    UseDPoPNonce when this server asks for a nonce and the proof has no good one. Replay is
    stopped by the database, so it comes last.
    """
    proof: str | None = request.META.get("HTTP_DPOP")
    if proof is None:
        return None
    is_strict = is_strict or m2m_settings.PROFILE == "fapi2"
    algorithms = protocol.FAPI2_ALGORITHMS if is_strict else protocol.ASYMMETRIC_ALGORITHMS
    try:
        claims, jkt = _verified(proof, algorithms)
        _check_request(claims, request)
        _check_time(claims)
        _check_token(claims, access_token)
        _check_nonce(claims)
        _record(jkt, claims["jti"])
    except JwtRefused as refused:
        raise InvalidDPoPProof(refused.reason) from None
    return jkt


def new_nonce() -> str:
    """Return a nonce that any process of this project recognises for five minutes."""
    return signing.dumps(int(timezone.now().timestamp()), salt=_NONCE_SALT)


def _verified(proof: str, algorithms: Collection[str]) -> tuple[dict[str, Any], str]:
    header, claims = read_jwt(proof, types=(protocol.DPOP_PROOF_TYPE,))
    if header.get("alg") not in algorithms:
        raise JwtRefused(Reason.WRONG_ALGORITHM)
    key, jkt = _own_key(header.get("jwk"))
    verify_jwt(proof, header, claims, key, required=("jti", "htm", "htu", "iat"))
    if not all(isinstance(claims[name], str) for name in ("htm", "htu")):
        raise JwtRefused(Reason.MALFORMED_CLAIMS)
    return claims, jkt


def _own_key(members: object) -> tuple[PyJWK, str]:
    if not isinstance(members, dict) or _PRIVATE_MEMBERS & members.keys():
        raise JwtRefused(Reason.UNKNOWN_KEY)
    # What else is said about the key ("alg", "use", "x5c") its holder may say of any key.
    bare = {name: members[name] for name in _PUBLIC_MEMBERS & members.keys()}
    try:
        key, jkt = PyJWK(bare), thumbprint(bare)
    except (PyJWTError, KeyError, TypeError, ValueError, UnsupportedAlgorithm):
        raise JwtRefused(Reason.UNKNOWN_KEY) from None
    if key.key_type == "RSA" and key.key.key_size < RSA_BITS:
        raise JwtRefused(Reason.UNKNOWN_KEY)
    return key, jkt


def _check_request(claims: Mapping[str, Any], request: HttpRequest) -> None:
    # Section 4.3: without query and fragment. Django decodes the path, so that two
    # spellings of one path are one here as well.
    url = claims["htu"]
    is_for_us = _origin(url) in _own_origins(request) and _path(url) == request.path
    if claims["htm"] != request.method or not is_for_us:
        raise JwtRefused(Reason.PROOF_FOR_ANOTHER_REQUEST)


def _own_origins(request: HttpRequest) -> set[Origin | None]:
    own = [m2m_settings.ISSUER, *m2m_settings.ACCEPTED_AUDIENCES]
    if "*" not in settings.ALLOWED_HOSTS:
        # Else the Host header is whatever the caller says: who was called by our client could
        # pass its token and proof on to us, under the name that the proof was made for.
        own.append(request.build_absolute_uri("/"))
    return {_origin(url) for url in own} - {None}


def _origin(url: str) -> Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def _path(url: str) -> str:
    return unquote(urlsplit(url).path) or "/"


def _check_time(claims: Mapping[str, Any]) -> None:
    # verify_jwt() has refused what begins later.
    age = timezone.now() - datetime.fromtimestamp(claims["iat"], UTC)
    if age > timedelta(seconds=PROOF_LIFETIME_SECONDS):
        raise JwtRefused(Reason.ASSERTION_EXPIRED)


def _check_token(claims: Mapping[str, Any], access_token: str | None) -> None:
    if access_token is not None and claims.get("ath") != _digest(access_token):
        raise JwtRefused(Reason.PROOF_FOR_ANOTHER_TOKEN)


def _check_nonce(claims: Mapping[str, Any]) -> None:
    nonce = claims.get("nonce")
    if nonce is None and not m2m_settings.DPOP_REQUIRE_NONCE:
        return
    try:
        signing.loads(str(nonce), salt=_NONCE_SALT, max_age=NONCE_LIFETIME_SECONDS)
    except signing.BadSignature:
        raise UseDPoPNonce(Reason.PROOF_WITHOUT_NONCE, nonce=new_nonce()) from None


def _record(jkt: str, jti: str) -> None:
    lifetime = timedelta(seconds=PROOF_LIFETIME_SECONDS + LEEWAY_SECONDS)
    if not remember_once(digest_credential(f"dpop:{jkt}{jti}"), timezone.now() + lifetime):
        raise JwtRefused(Reason.REPLAYED)


def _digest(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
