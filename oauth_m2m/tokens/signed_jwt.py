"""
Signed access tokens: a JWT that anyone with our public keys can check.

https://www.rfc-editor.org/rfc/rfc9068
https://www.rfc-editor.org/rfc/rfc8725#section-3
"""

import logging
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import jwt

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason, TemporarilyUnavailable
from oauth_m2m.keys.signing import signing_handle, verification_key
from oauth_m2m.tokens.jwt_form import read_jwt
from oauth_m2m.tokens.proven import ProvenToken
from oauth_m2m.tokens.revocation import facts_of
from oauth_m2m.values import Grant

__all__ = ["LEEWAY_SECONDS", "decode", "issue", "issuer_of", "prove", "sign"]

LEEWAY_SECONDS: Final = 5

# The year 9999: what a datetime can say. A liar's "exp" must not end in an exception.
_LAST_MOMENT: Final = 253_402_300_799

_REQUIRED: Final = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]

logger = logging.getLogger("oauth_m2m.tokens")


def issue(grant: Grant, issued_at: datetime) -> str:
    """
    Sign a token for *grant* (RFC 9068 section 2.2); nothing is stored.

    Raises TemporarilyUnavailable, and logs what to do, when ``ISSUER`` or a key is missing.
    """
    audience = grant.audience or (m2m_settings.ISSUER,)
    registered = {
        "sub": grant.client_id,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": grant.client_id,
        "scope": " ".join(grant.scopes),
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + grant.lifetime).timestamp()),
        "jti": secrets.token_urlsafe(16),
    }
    return sign({**_extra_claims(grant), **registered}, protocol.ACCESS_TOKEN_TYPE)


def sign(claims: Mapping[str, Any], typ: str) -> str:
    """
    Return a JWT of *claims* and our issuer, of type *typ*, signed by the active key.

    Raises TemporarilyUnavailable, and logs what to do, when ``ISSUER`` or a key is missing.
    """
    issuer = m2m_settings.ISSUER
    if not issuer:
        logger.error("signed tokens need OAUTH_M2M['ISSUER']: set it to this server's public URL")
        raise TemporarilyUnavailable(Reason.ISSUER_MISSING)
    key = signing_handle(m2m_settings.SIGNING_ALGORITHM)
    headers = {"typ": typ, "kid": key.kid}
    payload = {"iss": issuer, **claims}
    return jwt.encode(payload, key.private_key, algorithm=key.algorithm, headers=headers)


def issuer_of(presented: str) -> str | None:
    """Return who *presented* claims to be from, unproven; None if it is no JWT."""
    try:
        _, claims = read_jwt(presented)
    except InvalidToken:
        return None
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None


def prove(presented: str) -> ProvenToken:
    """
    Return the token if we signed it for an API of ours; expired and revoked ones too.

    Raises InvalidToken. Costs no query while its client was looked up recently.
    """
    claims = _verified_claims(presented)
    facts = facts_of(claims["client_id"])
    if facts is None:
        raise InvalidToken(Reason.UNKNOWN_CLIENT, client_id=claims["client_id"])
    return ProvenToken(
        scopes=tuple(str(claims.get("scope", "")).split()),
        audience=_as_tuple(claims["aud"]),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        claims=claims,
        client=facts,
        is_revoked=claims["jti"] in facts.revoked_token_ids,
    )


def _verified_claims(presented: str) -> dict[str, Any]:
    """
    Return the claims of a token that one of our keys signed, not looking at its time.

    The algorithm is the key's, never the header's; a key inside the header is not looked at
    (RFC 8725 sections 3.1 and 3.10). Raises InvalidToken.
    """
    header, _ = read_jwt(presented)
    kid = header.get("kid")
    key = verification_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise InvalidToken(Reason.UNKNOWN_KEY)
    return decode(presented, header, key, issuer=m2m_settings.ISSUER)


def decode(
    presented: str, header: Mapping[str, Any], key: jwt.PyJWK, *, issuer: str
) -> dict[str, Any]:
    """Return the claims if *key* made the signature and *issuer* is their issuer."""
    if header.get("alg") != key.algorithm_name:
        raise InvalidToken(Reason.WRONG_ALGORITHM)
    options: Any = {"require": _REQUIRED, "verify_aud": False, "verify_exp": False}
    try:
        claims: dict[str, Any] = jwt.decode(
            presented,
            key,
            algorithms=[key.algorithm_name],
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options=options,
        )
    except jwt.InvalidSignatureError:
        raise InvalidToken(Reason.WRONG_SIGNATURE) from None
    except jwt.ImmatureSignatureError:
        raise InvalidToken(Reason.NOT_YET_VALID) from None
    except jwt.PyJWTError:
        raise InvalidToken(Reason.MALFORMED_CLAIMS) from None
    _check_kinds(claims)
    return claims


def _check_kinds(claims: Mapping[str, Any]) -> None:
    texts = ("sub", "client_id", "jti")
    numbers = ("iat", "exp")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    sound = (
        all(isinstance(claims[name], str) for name in texts)
        and all(type(claims[name]) in {int, float} for name in numbers)
        and all(isinstance(entry, str) for entry in audience)
        and all(0 <= claims[name] <= _LAST_MOMENT for name in numbers)
    )
    if not sound:
        raise InvalidToken(Reason.MALFORMED_CLAIMS)


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
        logger.error("EXTRA_CLAIMS may not set %s: ignored", ", ".join(taken))
    return {name: value for name, value in extra.items() if name not in taken}
