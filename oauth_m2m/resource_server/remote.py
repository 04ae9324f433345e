"""
Accept signed tokens of other servers, listed in ``REMOTE_ISSUERS``.

No table is touched: a process that only accepts tokens needs the other side's public keys
and nothing else. Its clients are no clients of ours, so the principal's id carries the
issuer.

https://www.rfc-editor.org/rfc/rfc9068#section-4
"""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason, TemporarilyUnavailable
from oauth_m2m.keys.remote_jwks import RemoteKeysUnavailableError, remote_keys
from oauth_m2m.keys.strict_jwt import claimed_issuer
from oauth_m2m.tokens.signed_jwt import verified_claims
from oauth_m2m.values import VerifiedToken

__all__ = ["remote_issuer_of", "verify_remote"]


def remote_issuer_of(presented: str) -> str | None:
    """Return the trusted issuer that *presented* claims to be from, or None."""
    issuers = m2m_settings.REMOTE_ISSUERS
    issuer = claimed_issuer(presented) if issuers else None
    return issuer if issuer in issuers else None


def verify_remote(presented: str, issuer: str) -> VerifiedToken:
    """
    Return the token if *issuer* signed it for this API and it is valid now.

    Raises InvalidToken, or TemporarilyUnavailable while the issuer's keys are not known.
    """
    trusted = m2m_settings.REMOTE_ISSUERS[issuer]
    try:
        claims = verified_claims(presented, issuer, remote_keys(trusted["jwks_uri"]).find)
    except RemoteKeysUnavailableError:
        raise TemporarilyUnavailable(Reason.REMOTE_ISSUER_AWAY) from None
    token = _token(claims, issuer)
    if trusted["audience"] not in token.audience:
        raise InvalidToken(Reason.WRONG_AUDIENCE, client_id=token.client_id)
    if token.expires_at <= timezone.now():
        raise InvalidToken(Reason.TOKEN_EXPIRED, client_id=token.client_id)
    return token


def _token(claims: dict[str, Any], issuer: str) -> VerifiedToken:
    audience = claims["aud"]
    return VerifiedToken(
        client_id=f"{issuer}#{claims['client_id']}",
        scopes=tuple(claims.get("scope", "").split()),
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        claims=claims,
        confirmation=claims.get("cnf"),
    )
