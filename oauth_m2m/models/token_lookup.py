"""The one lookup of an API request: a token, its client, and the client's service account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models, router

from oauth_m2m.models.client_facts import ClientFacts, client_columns, client_facts
from oauth_m2m.models.compiled_query import CompiledQuery
from oauth_m2m.models.tokens import AccessToken

__all__ = ["TokenRecord", "find_token"]


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """All that an API needs to know of a token, from one statement."""

    pk: int
    scope: str
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    confirmation: dict[str, str] | None
    client: ClientFacts


_TOKEN_COLUMNS: Final = (
    "pk",
    "scope",
    "audience",
    "issued_at",
    "expires_at",
    "revoked_at",
    "confirmation",
)


def _token_query(token_hash: str) -> "models.QuerySet[Any, Any]":
    return (
        AccessToken.objects.filter(token_hash=token_hash)
        .order_by()
        .values_list(*_TOKEN_COLUMNS, *client_columns("client__"))
    )


_FIND_TOKEN: Final = CompiledQuery(_token_query, parameters=1)


def find_token(token_hash: str) -> TokenRecord | None:
    """
    Return the token with its client and service account, in one statement.

    Reads where the project writes: a replica that lags must not keep a revoked token
    alive.
    """
    alias = router.db_for_write(AccessToken)
    rows = _FIND_TOKEN.fetch(alias, token_hash)
    if not rows:
        return None
    (pk, scope, audience, issued_at, expires_at, revoked_at, confirmation), client = (
        rows[0][: len(_TOKEN_COLUMNS)],
        rows[0][len(_TOKEN_COLUMNS) :],
    )
    return TokenRecord(
        pk=pk,
        scope=scope,
        audience=tuple(audience),
        issued_at=issued_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
        confirmation=confirmation,
        client=client_facts(alias, client),
    )
