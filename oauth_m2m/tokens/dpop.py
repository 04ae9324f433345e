"""
DPoP proofs: the caller shows with each request that it holds the key a token is bound to.

https://www.rfc-editor.org/rfc/rfc9449
"""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from jwt import PyJWK

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidDPoPProof, Reason, UseDPoPNonce
from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.jwk import thumbprint
from oauth_m2m.keys.strict_jwt import JwtRefused, read_jwt, verify_jwt
from oauth_m2m.models.replay import remember_once

__all__ = ["NONCE_LIFETIME_SECONDS", "PROOF_LIFETIME_SECONDS", "new_nonce", "proven_key"]

PROOF_LIFETIME_SECONDS: Final = 60
NONCE_LIFETIME_SECONDS: Final = 300
MAX_CLOCK_DIFFERENCE_SECONDS: Final = 5

_NONCE_SALT: Final = "oauth_m2m.dpop.nonce"
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


def proven_key(request: HttpRequest, *, access_token: str | None = None) -> str | None:
    """
    Return the thumbprint of the key that *request* proves, or None if it has no proof.

    With *access_token* the proof must be for that token (section 4.3). Raises
    InvalidDPoPProof, or UseDPoPNonce when this server asks for a nonce and the proof has no
    good one. Replay is stopped by the database, so it comes last.
    """
    proof = request.headers.get("DPoP")
    if proof is None:
        return None
    try:
        claims, jkt = _verified(proof)
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


def _verified(proof: str) -> tuple[dict[str, Any], str]:
    header, claims = read_jwt(proof, types=(protocol.DPOP_PROOF_TYPE,))
    members = header.get("jwk")
    if not isinstance(members, dict) or _PRIVATE_MEMBERS & members.keys():
        raise JwtRefused(Reason.UNKNOWN_KEY)
    try:
        key = PyJWK({**members, "alg": header.get("alg")})
        jkt = thumbprint(members)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        raise JwtRefused(Reason.UNKNOWN_KEY) from None
    verify_jwt(proof, header, claims, key, required=("jti", "htm", "htu", "iat"))
    if not all(isinstance(claims[name], str) for name in ("htm", "htu", "jti")):
        raise JwtRefused(Reason.MALFORMED_CLAIMS)
    return claims, jkt


def _check_request(claims: dict[str, Any], request: HttpRequest) -> None:
    if claims["htm"] != request.method:
        raise JwtRefused(Reason.PROOF_FOR_ANOTHER_REQUEST)
    # Section 4.3: without query and fragment. The host is the one the request came to, or
    # the issuer's: behind a proxy the two differ.
    named = _comparable(claims["htu"])
    here = _comparable(request.build_absolute_uri(request.path))
    origin = urlsplit(m2m_settings.ISSUER)
    issuer_side = _comparable(f"{origin.scheme}://{origin.netloc}{request.path}")
    if named not in {here, issuer_side}:
        raise JwtRefused(Reason.PROOF_FOR_ANOTHER_REQUEST)


def _comparable(url: str) -> tuple[str, str, int | None, str]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        raise JwtRefused(Reason.PROOF_FOR_ANOTHER_REQUEST) from None
    return parts.scheme, (parts.hostname or "").lower(), port, parts.path or "/"


def _check_time(claims: dict[str, Any]) -> None:
    age = timezone.now() - datetime.fromtimestamp(claims["iat"], UTC)
    if age > timedelta(seconds=PROOF_LIFETIME_SECONDS):
        raise JwtRefused(Reason.ASSERTION_EXPIRED)
    if age < -timedelta(seconds=MAX_CLOCK_DIFFERENCE_SECONDS):
        raise JwtRefused(Reason.NOT_YET_VALID)


def _check_token(claims: dict[str, Any], access_token: str | None) -> None:
    if access_token is not None and claims.get("ath") != _digest(access_token):
        raise JwtRefused(Reason.PROOF_FOR_ANOTHER_TOKEN)


def _check_nonce(claims: dict[str, Any]) -> None:
    nonce = claims.get("nonce")
    if nonce is None and not m2m_settings.DPOP_REQUIRE_NONCE:
        return
    try:
        signing.loads(str(nonce), salt=_NONCE_SALT, max_age=NONCE_LIFETIME_SECONDS)
    except signing.BadSignature:
        raise UseDPoPNonce(Reason.PROOF_WITHOUT_NONCE, nonce=new_nonce()) from None


def _record(jkt: str, jti: str) -> None:
    lifetime = timedelta(seconds=PROOF_LIFETIME_SECONDS + MAX_CLOCK_DIFFERENCE_SECONDS)
    if not remember_once(digest_credential(f"dpop:{jkt}{jti}"), timezone.now() + lifetime):
        raise JwtRefused(Reason.REPLAYED)


def _digest(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
