"""The one lookup of an API request: a token, its client, and the client's service account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, router

from oauth_m2m.models.compiled_query import CompiledQuery
from oauth_m2m.models.tokens import AccessToken

__all__ = ["TokenRecord", "find_token"]


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """All that an API needs to know of a token, from one statement."""

    scope: str
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    client_pk: int
    client_id: str
    client_name: str
    client_is_active: bool
    tokens_valid_after: datetime | None
    allowed_networks: tuple[str, ...]
    rate_limit: str
    service_account: AbstractBaseUser | None


_TOKEN_COLUMNS: Final = (
    "scope",
    "audience",
    "issued_at",
    "expires_at",
    "revoked_at",
    "client__pk",
    "client__client_id",
    "client__name",
    "client__is_active",
    "client__tokens_valid_after",
    "client__allowed_networks",
    "client__rate_limit",
)


def _user_fields() -> list[str]:
    return [field.attname for field in get_user_model()._meta.concrete_fields]  # noqa: SLF001 - Django's documented model API


def _token_query(token_hash: str) -> "models.QuerySet[Any, Any]":
    return (
        AccessToken.objects.filter(token_hash=token_hash)
        .order_by()
        .values_list(
            *_TOKEN_COLUMNS, *(f"client__service_account__{name}" for name in _user_fields())
        )
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
    return _token_record(alias, rows[0]) if rows else None


def _token_record(alias: str, row: list[Any]) -> TokenRecord:
    values, user_values = row[: len(_TOKEN_COLUMNS)], row[len(_TOKEN_COLUMNS) :]
    names = _user_fields()
    user_pk = user_values[names.index(get_user_model()._meta.pk.attname)]  # noqa: SLF001 - as above
    account = None if user_pk is None else get_user_model().from_db(alias, names, user_values)
    scope, audience, issued_at, expires_at, revoked_at = values[:5]
    client_pk, client_id, client_name, is_active, valid_after, networks, rate_limit = values[5:]
    return TokenRecord(
        scope=scope,
        audience=tuple(audience),
        issued_at=issued_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
        client_pk=client_pk,
        client_id=client_id,
        client_name=client_name,
        client_is_active=is_active,
        tokens_valid_after=valid_after,
        allowed_networks=tuple(networks),
        rate_limit=rate_limit,
        service_account=account,
    )
