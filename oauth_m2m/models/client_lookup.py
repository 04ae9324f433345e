"""The one lookup of the token endpoint: a client, its scopes, and the secret it presented."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models, router
from django.db.models import FilteredRelation, Q

from oauth_m2m.models.clients import Client
from oauth_m2m.models.compiled_query import CompiledQuery

__all__ = ["ClientRecord", "SecretRecord", "find_client"]


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
    scopes: tuple[str, ...]
    default_scopes: tuple[str, ...]


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
            "scope_grants__scope__name",
            "scope_grants__is_default",
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
    first = rows[0]
    pk, client_id, is_active, methods, token_format, lifetime, networks = first[:7]
    secret = SecretRecord(*first[7:12]) if first[7] is not None else None
    grants = [(row[12], row[13]) for row in rows if row[12] is not None]
    return ClientRecord(
        pk=pk,
        client_id=client_id,
        is_active=is_active,
        auth_methods=tuple(methods),
        token_format=token_format,
        token_lifetime=lifetime,
        allowed_networks=tuple(networks),
        secret=secret,
        scopes=_names(grants),
        default_scopes=_names(grant for grant in grants if grant[1]),
    )


def _names(grants: Iterable[tuple[str, bool]]) -> tuple[str, ...]:
    return tuple(name for name, _ in grants)
