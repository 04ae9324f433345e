"""
What the proven claims of another server's token mean here.

Its clients are no clients of ours: the principal's id begins with the issuer, which cannot
have the ``#`` that ends it, and a client id of ours has neither ``#`` nor ``:``.

https://www.rfc-editor.org/rfc/rfc9068#section-2.2
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.remote_issuers import ClaimPath, GroupRule, RemoteIssuer
from oauth_m2m.values import VerifiedToken

__all__ = ["token_of"]


def token_of(claims: Mapping[str, Any], issuer: RemoteIssuer) -> VerifiedToken:
    """
    Return the token if *issuer* means it for a machine at this API, and it is not over.

    The kinds of the registered claims were checked before. Raises InvalidToken.
    """
    client = _client(claims, issuer)
    client_id = f"{issuer.issuer}#{client}"
    audience = (claims["aud"],) if isinstance(claims["aud"], str) else tuple(claims["aud"])
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    subject = issuer.subject_of(client)
    refusals = (
        (not _has_required(claims, issuer), Reason.CLAIMS_NOT_ACCEPTED),
        (subject is not None and claims.get("sub") != subject, Reason.CLAIMS_NOT_ACCEPTED),
        (not set(audience).intersection(issuer.audiences), Reason.WRONG_AUDIENCE),
        (expires_at <= timezone.now(), Reason.TOKEN_EXPIRED),
    )
    for applies, reason in refusals:
        if applies:
            raise InvalidToken(reason, client_id=client_id)
    return VerifiedToken(
        client_id=client_id,
        scopes=_scopes(claims, issuer),
        audience=audience,
        issued_at=datetime.fromtimestamp(claims["iat"], UTC) if "iat" in claims else timezone.now(),
        expires_at=expires_at,
        claims=claims,
        confirmation=claims.get("cnf"),
        issuer=issuer.issuer,
        group_names=_groups(claims, client, issuer),
    )


def _client(claims: Mapping[str, Any], issuer: RemoteIssuer) -> str:
    named = (_claim_at(claims, path) for path in issuer.client_claims)
    client = next((value for value in named if value is not None), None)
    # It gets into logs and cache keys.
    if not isinstance(client, str) or not protocol.CLIENT_ID.fullmatch(client):
        raise InvalidToken(Reason.MALFORMED_CLAIMS)
    return client


def _has_required(claims: Mapping[str, Any], issuer: RemoteIssuer) -> bool:
    return all(
        name not in claims
        if allowed is None
        else not _texts_of(claims.get(name)).isdisjoint(allowed)
        for name, allowed in issuer.required_claims
    )


def _texts_of(value: Any) -> frozenset[str]:
    """Return the texts of a claim that may be one text or a list of them."""
    entries = value if isinstance(value, list) else [value]
    return frozenset(entry for entry in entries if isinstance(entry, str))


def _scopes(claims: Mapping[str, Any], issuer: RemoteIssuer) -> tuple[str, ...]:
    named = (_claim_at(claims, path) for path in issuer.scope_claims)
    # A role may have a space in its name: joined to a scope string it would look like two.
    return tuple(
        dict.fromkeys(
            name
            for value in named
            for name in _names(value)
            if protocol.SCOPE_TOKEN.fullmatch(name)
        )
    )


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split(" ")
    elif value is not None:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise InvalidToken(Reason.MALFORMED_CLAIMS)
        yield from value


def _groups(claims: Mapping[str, Any], client: str, issuer: RemoteIssuer) -> tuple[str, ...]:
    met = (rule for rule in issuer.group_rules if _applies(rule, claims, client))
    return tuple(dict.fromkeys(name for rule in met for name in rule.groups))


def _applies(rule: GroupRule, claims: Mapping[str, Any], client: str) -> bool:
    if rule.clients is not None and client not in rule.clients:
        return False
    return rule.claim is None or rule.value in _texts_of(_claim_at(claims, rule.claim))


def _claim_at(claims: Mapping[str, Any], path: ClaimPath) -> Any:
    found: Any = claims
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
