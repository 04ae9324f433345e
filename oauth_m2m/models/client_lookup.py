"""The one lookup of the token endpoint: a client, its scopes, and the secret it presented."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models, router
from django.db.models import FilteredRelation, Q

from oauth_m2m.models.clients import Client
from oauth_m2m.models.compiled_query import CompiledQuery

__all__ = ["ClientRecord", "GrantedScope", "SecretRecord", "find_client"]


@dataclass(frozen=True, slots=True)
class SecretRecord:
    """The row of the secret that a client presented; its digest never leaves this object."""

    pk: int
    digest: str
    algorithm: str
    expires_at: datetime | None
    revoked_at: datetime | None

    def __repr__(self) -> str:
        return f"SecretRecord(pk={self.pk})"


@dataclass(frozen=True, slots=True)
class GrantedScope:
    """
    A scope that a client was granted, with what its resource server says of tokens.

    *resource* is None for a scope of no resource server in particular; *token_lifetime* is
    in seconds.
    """

    name: str
    is_default: bool
    resource: str | None
    token_format: str | None
    token_lifetime: int | None


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """All that the token endpoint needs to know of a client, from one statement."""

    pk: int
    client_id: str
    is_active: bool
    auth_methods: tuple[str, ...]
    token_format: str
    token_lifetime: int | None
    allowed_networks: tuple[str, ...]
    secret: SecretRecord | None
    scopes: tuple[GrantedScope, ...]


_CLIENT_COLUMNS: Final = (
    "pk",
    "client_id",
    "is_active",
    "auth_methods",
    "token_format",
    "token_lifetime",
    "allowed_networks",
)
_SECRET_COLUMNS: Final = ("pk", "digest", "algorithm", "expires_at", "revoked_at")
_SCOPE_COLUMNS: Final = (
    "scope__name",
    "is_default",
    "scope__resource_server__identifier",
    "scope__resource_server__token_format",
    "scope__resource_server__token_lifetime",
)


def _client_query(client_id: str, key_id: str) -> "models.QuerySet[Client, Any]":
    # The key id picks at most one secret, so the rows are the client's scopes: two secrets
    # and fifty scopes are fifty rows, not a hundred.
    return (
        Client.objects.filter(client_id=client_id)
        .annotate(presented=FilteredRelation("secrets", condition=Q(secrets__key_id=key_id)))
        .order_by("scope_grants__scope__name")
        .values_list(
            *_CLIENT_COLUMNS,
            *(f"presented__{column}" for column in _SECRET_COLUMNS),
            *(f"scope_grants__{column}" for column in _SCOPE_COLUMNS),
        )
    )


_FIND_CLIENT: Final = CompiledQuery(_client_query, parameters=2)


def find_client(client_id: str, key_id: str) -> ClientRecord | None:
    """
    Return the client with its scopes and the secret that *key_id* names, in one statement.

    Reads where the project writes: a replica that lags must not keep a revoked secret
    alive.
    """
    rows = _FIND_CLIENT.fetch(router.db_for_write(Client), client_id, key_id)
    return _client_record(rows) if rows else None


def _client_record(rows: list[list[Any]]) -> ClientRecord:
    own, secret = rows[0][:7], rows[0][7:12]
    pk, client_id, is_active, methods, token_format, lifetime, networks = own
    return ClientRecord(
        pk=pk,
        client_id=client_id,
        is_active=is_active,
        auth_methods=tuple(methods),
        token_format=token_format,
        token_lifetime=lifetime,
        allowed_networks=tuple(networks),
        secret=None if secret[0] is None else SecretRecord(*secret),
        scopes=tuple(GrantedScope(*row[12:]) for row in rows if row[12] is not None),
    )
