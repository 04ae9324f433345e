"""
Opaque access tokens: a random string for the client, a digest for the database.

https://www.rfc-editor.org/rfc/rfc6749#section-1.4
"""

from datetime import datetime
from typing import Any, Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import generate_token, token_is_well_formed
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken
from oauth_m2m.models.compiled_insert import CompiledInsert
from oauth_m2m.models.token_lookup import TokenRecord, find_token
from oauth_m2m.tokens.proven import ProvenToken
from oauth_m2m.values import Grant

__all__ = ["issue", "looks_like_ours", "prove", "prove_imported"]

_INSERT_TOKEN: Final = CompiledInsert(
    AccessToken,
    *("token_hash", "client_id", "scope", "audience"),
    *("issued_at", "expires_at", "confirmation"),
)


def issue(grant: Grant, issued_at: datetime) -> str:
    """Store a new token for *grant* and return its clear text: one INSERT."""
    clear_token = generate_token(m2m_settings.TOKEN_PREFIX)
    _INSERT_TOKEN.execute(
        token_hash=digest_credential(clear_token),
        client_id=grant.client_pk,
        scope=" ".join(grant.scopes),
        audience=list(grant.audience),
        issued_at=issued_at,
        expires_at=issued_at + grant.lifetime,
        confirmation=grant.confirmation,
    )
    return clear_token


def looks_like_ours(presented: str) -> bool:
    """Whether *presented* claims to be an opaque token of this server, without a query."""
    return presented.startswith(m2m_settings.TOKEN_PREFIX)


def prove(presented: str) -> ProvenToken:
    """
    Return what the database says of the token: one SELECT.

    Raises InvalidToken. A typo fails the checksum and costs no query.
    """
    if not token_is_well_formed(presented, m2m_settings.TOKEN_PREFIX):
        raise InvalidToken(Reason.MALFORMED_TOKEN)
    return _proven(presented, otherwise=Reason.UNKNOWN_TOKEN)


def prove_imported(presented: str) -> ProvenToken:
    """
    Return what the database says of a token that another server issued: one SELECT.

    Raises InvalidToken with FOREIGN_TOKEN if it was not imported: it may be somebody else's.
    """
    return _proven(presented, otherwise=Reason.FOREIGN_TOKEN)


def _proven(presented: str, *, otherwise: Reason) -> ProvenToken:
    record = find_token(digest_credential(presented))
    if record is None:
        raise InvalidToken(otherwise)
    return ProvenToken(
        scopes=tuple(record.scope.split()),
        audience=record.audience,
        issued_at=record.issued_at,
        expires_at=record.expires_at,
        claims=_claims(record),
        client=record.client,
        is_revoked=record.revoked_at is not None,
        row_pk=record.pk,
        confirmation=record.confirmation,
    )


def _claims(record: TokenRecord) -> dict[str, Any]:
    # The names that a signed token has (RFC 9068 section 2.2), so that views need not care.
    claims: dict[str, Any] = {
        "sub": record.client.client_id,
        "client_id": record.client.client_id,
        "scope": record.scope,
        "iat": int(record.issued_at.timestamp()),
        "exp": int(record.expires_at.timestamp()),
    }
    if record.audience:
        claims["aud"] = list(record.audience)
    if record.confirmation:
        claims["cnf"] = record.confirmation
    return claims
