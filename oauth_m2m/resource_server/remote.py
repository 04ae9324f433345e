"""
Accept tokens of other servers, listed in ``REMOTE_ISSUERS``.

No table is touched: a process that only accepts tokens needs the other side's public keys,
or its introspection endpoint, and nothing else.

https://www.rfc-editor.org/rfc/rfc9068#section-4
https://www.rfc-editor.org/rfc/rfc7662#section-2
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason, TemporarilyUnavailable
from oauth_m2m.keys.remote_jwks import RemoteKeysUnavailableError, remote_keys
from oauth_m2m.keys.strict_jwt import JwtRefused, check_claims, claimed_issuer, looks_like_jwt
from oauth_m2m.remote_issuers import IntrospectionEndpoint, RemoteIssuer
from oauth_m2m.resource_server.remote_claims import token_of
from oauth_m2m.resource_server.remote_introspection import IntrospectionUnavailableError, answers_of
from oauth_m2m.tokens.opaque import looks_like_ours
from oauth_m2m.tokens.signed_jwt import verified_claims
from oauth_m2m.values import VerifiedToken

__all__ = ["remote_issuer_of", "verify_remote"]

_REQUIRED: Final = ("iss", "aud", "exp", "iat")


def remote_issuer_of(presented: str) -> RemoteIssuer | None:
    """
    Return the listed issuer that *presented* claims to be from, or None.

    A signed token claims it itself; an opaque one by how it begins. What claims to be ours is
    never another's, so that no token of ours is shown to anybody.
    """
    issuers = m2m_settings.REMOTE_ISSUERS
    if not issuers or looks_like_ours(presented):
        return None
    claimed = claimed_issuer(presented)
    if claimed is not None:
        return issuers.get(claimed) if claimed != m2m_settings.ISSUER else None
    asked = [
        (endpoint.token_prefix, issuer)
        for issuer in issuers.values()
        if (endpoint := issuer.introspection) and presented.startswith(endpoint.token_prefix)
    ]
    if m2m_settings.ACCEPT_IMPORTED_TOKENS:
        # Those have any form: who is asked about every token would be shown tokens of ours.
        asked = [(prefix, issuer) for prefix, issuer in asked if prefix]
    return max(asked, key=lambda found: len(found[0]))[1] if asked else None


def verify_remote(presented: str, issuer: RemoteIssuer) -> VerifiedToken:
    """
    Return the token if *issuer* made it for this API and it is valid now.

    Raises InvalidToken, or TemporarilyUnavailable while nothing is known of the issuer's
    keys, or of the token.
    """
    endpoint = issuer.introspection
    # Its keys are nearer than its endpoint.
    if endpoint is None or (issuer.jwks_uri and looks_like_jwt(presented)):
        return token_of(_signed(presented, issuer), issuer)
    return token_of(_introspected(presented, issuer.issuer, endpoint), issuer)


def _signed(presented: str, issuer: RemoteIssuer) -> Mapping[str, Any]:
    try:
        return verified_claims(
            presented,
            issuer.issuer,
            remote_keys(issuer.jwks_uri).find,
            types=issuer.token_types,
            algorithms=issuer.algorithms,
            required=_REQUIRED,
        )
    except RemoteKeysUnavailableError:
        raise TemporarilyUnavailable(Reason.REMOTE_ISSUER_AWAY) from None


def _introspected(
    presented: str, issuer: str, endpoint: IntrospectionEndpoint
) -> Mapping[str, Any]:
    try:
        # A copy: what a view does to its claims must not change what others are told.
        claims = deepcopy(answers_of(endpoint).ask(presented))
    except IntrospectionUnavailableError:
        raise TemporarilyUnavailable(Reason.REMOTE_ISSUER_AWAY) from None
    if claims is None:
        # Who is asked about every token cannot be blamed for those of others: a view's next
        # authenticator may know them.
        is_theirs = endpoint.token_prefix != "" or looks_like_jwt(presented)
        raise InvalidToken(Reason.TOKEN_INACTIVE if is_theirs else Reason.FOREIGN_TOKEN)
    try:
        check_claims(claims, required=("aud", "exp"))
    except JwtRefused as refused:
        raise InvalidToken(refused.reason) from None
    # RFC 7662 section 2.2 lets it be left out: we know whom we asked.
    if claims.get("iss", issuer) != issuer or not isinstance(claims.get("cnf", {}), dict):
        raise InvalidToken(Reason.MALFORMED_CLAIMS)
    return claims
