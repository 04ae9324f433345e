"""
Signed access tokens: a JWT that anyone with our public keys can check.

https://www.rfc-editor.org/rfc/rfc9068
https://www.rfc-editor.org/rfc/rfc8725#section-3
"""

import base64
import json
import logging
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import jwt

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason, TemporarilyUnavailable
from oauth_m2m.keys.signing import signing_handle, verification_key
from oauth_m2m.keys.strict_jwt import LEEWAY_SECONDS, JwtRefused, read_jwt, verify_jwt
from oauth_m2m.log_events import EXTRA_CLAIMS_IGNORED, ISSUER_MISSING
from oauth_m2m.tokens.proven import ProvenToken
from oauth_m2m.tokens.revocation import facts_of
from oauth_m2m.tokens.seen_signatures import claims_if_seen, remember_signature
from oauth_m2m.values import Grant

__all__ = ["issue", "prove", "prove_if_seen", "sign", "verified_claims"]

_TYPES: Final = (protocol.ACCESS_TOKEN_TYPE,)
_REQUIRED: Final = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
# A token of ours that begins later was issued by a server of ours whose clock is ahead.
_OWN_LEEWAY_SECONDS: Final = 90
_REST_OF_SECOND: Final = re.compile(r"([0-9]{6})\.")

logger = logging.getLogger("oauth_m2m.tokens")


def issue(grant: Grant, issued_at: datetime) -> str:
    """
    Sign a token for *grant* (RFC 9068 section 2.2); nothing is stored.

    Raises TemporarilyUnavailable, and logs what to do, when ``ISSUER`` or a key is missing.
    """
    audience = grant.audience or (m2m_settings.ISSUER,)
    begins = int(issued_at.timestamp())
    registered: dict[str, Any] = {
        "sub": grant.client_id,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": grant.client_id,
        "scope": " ".join(grant.scopes),
        "iat": begins,
        "exp": begins + int(grant.lifetime.total_seconds()),
        "jti": f"{issued_at.microsecond:06}.{secrets.token_urlsafe(16)}",
    }
    if grant.confirmation:
        registered["cnf"] = dict(grant.confirmation)
    return sign({**_extra_claims(grant), **registered}, protocol.ACCESS_TOKEN_TYPE)


def sign(claims: Mapping[str, Any], typ: str) -> str:
    """
    Return a JWT of *claims* and our issuer, of type *typ*, signed by the active key.

    Raises TemporarilyUnavailable, and logs what to do, when ``ISSUER`` or a key is missing.
    """
    issuer = m2m_settings.ISSUER
    if not issuer:
        logger.error(
            "signed tokens need OAUTH_M2M['ISSUER']: set it to this server's public URL",
            extra=ISSUER_MISSING(),
        )
        raise TemporarilyUnavailable(Reason.ISSUER_MISSING)
    key = signing_handle(m2m_settings.SIGNING_ALGORITHM)
    payload = json.dumps({"iss": issuer, **claims}, separators=(",", ":"))
    # RFC 7515 section 3.1. PyJWT's encode() would make the same header anew each time.
    signed = b".".join((_header(typ, key.kid, key.algorithm), _base64url(payload.encode())))
    signature = jwt.get_algorithm_by_name(key.algorithm).sign(signed, key.private_key)
    return b".".join((signed, _base64url(signature))).decode()


def prove(presented: str) -> ProvenToken:
    """
    Return the token if we signed it for an API of ours; expired and revoked ones too.

    Raises InvalidToken. Costs no query while its client was looked up recently.
    """
    return _proven(_verified_now(presented, m2m_settings.ISSUER))


def prove_if_seen(presented: str) -> ProvenToken | None:
    """
    Return the token if this process has checked its signature before, else None.

    Raises InvalidToken when its client is gone.
    """
    claims = claims_if_seen(presented, m2m_settings.ISSUER)
    return None if claims is None else _proven(claims)


def verified_claims(
    presented: str,
    issuer: str,
    find_key: Callable[[str], jwt.PyJWK | None],
    *,
    types: Collection[str] = _TYPES,
    algorithms: Collection[str] = protocol.ASYMMETRIC_ALGORITHMS,
    required: Collection[str] = _REQUIRED,
    leeway_seconds: int = LEEWAY_SECONDS,
) -> dict[str, Any]:
    """
    Return the claims of an access token of *issuer*; expired ones too.

    *find_key* returns a public key by its id. A key inside the header is not looked at
    (RFC 8725 section 3.10). *types*, *algorithms* and *required* are the values of ``typ``
    and ``alg`` and the claims that this issuer's tokens have; its clock may be ahead by
    *leeway_seconds*. Raises InvalidToken.
    """
    try:
        header, claims = read_jwt(presented, types)
        key = _named_key(header, find_key, algorithms)
        verify_jwt(presented, header, claims, key, required=required, leeway_seconds=leeway_seconds)
    except JwtRefused as refused:
        raise InvalidToken(refused.reason) from None
    if claims["iss"] != issuer or not isinstance(claims.get("cnf", {}), dict):
        raise InvalidToken(Reason.MALFORMED_CLAIMS)
    return claims


def _proven(claims: dict[str, Any]) -> ProvenToken:
    facts = facts_of(claims["client_id"])
    if facts is None:
        raise InvalidToken(Reason.UNKNOWN_CLIENT, client_id=claims["client_id"])
    return ProvenToken(
        scopes=tuple(claims.get("scope", "").split()),
        audience=_as_tuple(claims["aud"]),
        issued_at=_issued_at(claims),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        claims=claims,
        client=facts,
        is_revoked=claims["jti"] in facts.revoked_token_ids,
        confirmation=claims.get("cnf"),
    )


@lru_cache(maxsize=64)
def _header(typ: str, kid: str, algorithm: str) -> bytes:
    header = {"alg": algorithm, "kid": kid, "typ": typ}
    return _base64url(json.dumps(header, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _verified_now(presented: str, issuer: str) -> dict[str, Any]:
    used: list[jwt.PyJWK] = []

    def find_key(kid: str) -> jwt.PyJWK | None:
        key = verification_key(kid)
        used.extend(filter(None, [key]))
        return key

    claims = verified_claims(presented, issuer, find_key, leeway_seconds=_OWN_LEEWAY_SECONDS)
    remember_signature(presented, issuer, *used)
    return claims


def _named_key(
    header: Mapping[str, Any],
    find_key: Callable[[str], jwt.PyJWK | None],
    algorithms: Collection[str],
) -> jwt.PyJWK:
    if header.get("alg") not in algorithms:
        raise JwtRefused(Reason.WRONG_ALGORITHM)
    kid = header.get("kid")
    key = find_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise JwtRefused(Reason.UNKNOWN_KEY)
    return key


def _issued_at(claims: Mapping[str, Any]) -> datetime:
    # "iat" has whole seconds on the wire, and many readers take nothing else. A token made in
    # the second in which all those before it were revoked would count as one of them, and be
    # refused for all its life: so its id begins with the rest.
    rest = _REST_OF_SECOND.match(claims["jti"])
    moment = datetime.fromtimestamp(claims["iat"], UTC)
    return moment if rest is None else moment + timedelta(microseconds=int(rest[1]))


def _as_tuple(audience: str | list[str]) -> tuple[str, ...]:
    return (audience,) if isinstance(audience, str) else tuple(audience)


def _extra_claims(grant: Grant) -> dict[str, Any]:
    hook = m2m_settings.EXTRA_CLAIMS
    if hook is None:
        return {}
    extra = dict(
        hook(client_id=grant.client_id, scopes=grant.scopes, audience=grant.audience) or {}
    )
    taken = sorted(protocol.REGISTERED_CLAIMS & extra.keys())
    if taken:
        names = ", ".join(taken)
        logger.error(
            "EXTRA_CLAIMS may not set %s: ignored", names, extra=EXTRA_CLAIMS_IGNORED(claims=names)
        )
    return {name: value for name, value in extra.items() if name not in taken}
