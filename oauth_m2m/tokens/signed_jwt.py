"""
Signed access tokens: a JWT that anyone with our public keys can check.

https://www.rfc-editor.org/rfc/rfc9068
https://www.rfc-editor.org/rfc/rfc8725#section-3
"""

import base64
import logging
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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

__all__ = ["LEEWAY_SECONDS", "issue", "prove", "sign", "verified_claims"]

LEEWAY_SECONDS: Final = 5

# The year 9999: what a datetime can say. A liar's "exp" must not end in an exception.
_LAST_MOMENT: Final = 253_402_300_799

_REST_OF_SECOND: Final = re.compile(r"([0-9]{6})\.")

_REQUIRED: Final = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}

logger = logging.getLogger("oauth_m2m.tokens")


def issue(grant: Grant, issued_at: datetime) -> str:
    """
    Sign a token for *grant* (RFC 9068 section 2.2); nothing is stored.

    Raises TemporarilyUnavailable, and logs what to do, when ``ISSUER`` or a key is missing.
    """
    audience = grant.audience or (m2m_settings.ISSUER,)
    begins = int(issued_at.timestamp())
    registered = {
        "sub": grant.client_id,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": grant.client_id,
        "scope": " ".join(grant.scopes),
        "iat": begins,
        "exp": begins + int(grant.lifetime.total_seconds()),
        "jti": f"{issued_at.microsecond:06}.{secrets.token_urlsafe(16)}",
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


def prove(presented: str) -> ProvenToken:
    """
    Return the token if we signed it for an API of ours; expired and revoked ones too.

    Raises InvalidToken. Costs no query while its client was looked up recently.
    """
    header, claims = read_jwt(presented)
    kid = header.get("kid")
    key = verification_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise InvalidToken(Reason.UNKNOWN_KEY)
    claims = verified_claims(presented, header, claims, key, m2m_settings.ISSUER)
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
    )


def verified_claims(
    presented: str,
    header: Mapping[str, Any],
    claims: dict[str, Any],
    key: jwt.PyJWK,
    issuer: str,
) -> dict[str, Any]:
    """
    Return *claims* if *key* signed them for *issuer*; expired ones too.

    *header* and *claims* are what read_jwt() read of *presented*: nothing is parsed twice, so
    there are no two readings to differ. The algorithm is the key's, never the header's; a key
    inside the header is not looked at (RFC 8725 sections 3.1 and 3.10). Raises InvalidToken.
    """
    if header.get("alg") != key.algorithm_name:
        raise InvalidToken(Reason.WRONG_ALGORITHM)
    if not key.Algorithm.verify(*_signed_parts(presented, key)):
        raise InvalidToken(Reason.WRONG_SIGNATURE)
    if claims.get("iss") != issuer or not _are_sound(claims):
        raise InvalidToken(Reason.MALFORMED_CLAIMS)
    if max(claims["iat"], claims.get("nbf", 0)) > time.time() + LEEWAY_SECONDS:
        raise InvalidToken(Reason.NOT_YET_VALID)
    return claims


def _signed_parts(presented: str, key: jwt.PyJWK) -> tuple[bytes, Any, bytes]:
    signed, _, signature = presented.rpartition(".")
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except ValueError:
        raise InvalidToken(Reason.WRONG_SIGNATURE) from None
    return signed.encode(), key.key, raw


def _are_sound(claims: Mapping[str, Any]) -> bool:
    if not claims.keys() >= _REQUIRED:
        return False
    texts = [claims["sub"], claims["client_id"], claims["jti"], claims.get("scope", "")]
    numbers = [claims["iat"], claims["exp"], claims.get("nbf", 0)]
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return (
        all(isinstance(text, str) for text in (*texts, *audience))
        and bool(audience)
        # The type itself: True is an int as well. NaN is not within any bounds.
        and all(type(number) in {int, float} for number in numbers)
        and all(0 <= number <= _LAST_MOMENT for number in numbers)
    )


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
        logger.error("EXTRA_CLAIMS may not set %s: ignored", ", ".join(taken))
    return {name: value for name, value in extra.items() if name not in taken}
