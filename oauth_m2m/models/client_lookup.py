"""The one lookup of the token endpoint: a client, its scopes, and the secret it presented."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models, router
from django.db.models import FilteredRelation, Q

from oauth_m2m.models.clients import Client
from oauth_m2m.models.compiled_query import CompiledQuery

__all__ = ["ClientRecord", "GrantedScope", "KeyRecord", "SecretRecord", "find_client"]


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
class KeyRecord:
    """The row of the key that a client says it used."""

    pk: int
    public_jwk: dict[str, Any]
    sha256_thumbprint: str
    not_before: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


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
    jwks_uri: str
    tls_subject: dict[str, str]
    requires_dpop: bool
    requires_certificate: bool
    profile: str
    secret: SecretRecord | None
    key: KeyRecord | None
    scopes: tuple[GrantedScope, ...]


_CLIENT_COLUMNS: Final = (
    "pk",
    "client_id",
    "is_active",
    "auth_methods",
    "token_format",
    "token_lifetime",
    "allowed_networks",
    "jwks_uri",
    "tls_subject",
    "requires_dpop",
    "requires_certificate",
    "profile",
)
_SECRET_COLUMNS: Final = ("pk", "digest", "algorithm", "expires_at", "revoked_at")
_KEY_COLUMNS: Final = (
    "pk",
    "public_jwk",
    "sha256_thumbprint",
    "not_before",
    "expires_at",
    "revoked_at",
)
_SCOPE_COLUMNS: Final = (
    "scope__name",
    "is_default",
    "scope__resource_server__identifier",
    "scope__resource_server__token_format",
    "scope__resource_server__token_lifetime",
)


def _client_query(client_id: str, key_id: str, kid: str) -> "models.QuerySet[Client, Any]":
    # The two ids pick at most one secret and one key, so the rows are the client's scopes:
    # two secrets and fifty scopes are fifty rows, not a hundred.
    return (
        Client.objects.filter(client_id=client_id)
        .annotate(presented=FilteredRelation("secrets", condition=Q(secrets__key_id=key_id)))
        .annotate(used=FilteredRelation("keys", condition=Q(keys__kid=kid)))
        .order_by("scope_grants__scope__name")
        .values_list(
            *_CLIENT_COLUMNS,
            *(f"presented__{column}" for column in _SECRET_COLUMNS),
            *(f"used__{column}" for column in _KEY_COLUMNS),
            *(f"scope_grants__{column}" for column in _SCOPE_COLUMNS),
        )
    )


_FIND_CLIENT: Final = CompiledQuery(_client_query, parameters=3)


def find_client(client_id: str, key_id: str = "", kid: str = "") -> ClientRecord | None:
    """
    Return the client with its scopes, and the secret or key that it used, in one statement.

    *key_id* names a secret, *kid* a registered key. Reads where the project writes: a
    replica that lags must not keep a revoked secret alive.
    """
    rows = _FIND_CLIENT.fetch(router.db_for_write(Client), client_id, key_id, kid)
    record = _client_record(rows) if rows else None
    # MariaDB takes "A" for "a", and ignores spaces at the end. Of a secret the digest, of a key
    # the signature decides; nothing more decides of an id.
    return record if record and record.client_id == client_id else None


def _client_record(rows: list[list[Any]]) -> ClientRecord:
    own, secret, key, _ = _split(rows[0])
    values = dict(zip(_CLIENT_COLUMNS, own, strict=True))
    values["auth_methods"] = tuple(values["auth_methods"])
    values["allowed_networks"] = tuple(values["allowed_networks"])
    scopes = [_split(row)[3] for row in rows]
    return ClientRecord(
        **values,
        secret=None if secret[0] is None else SecretRecord(*secret),
        key=None if key[0] is None else KeyRecord(*key),
        scopes=tuple(GrantedScope(*scope) for scope in scopes if scope[0] is not None),
    )


def _split(row: list[Any]) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    secret = len(_CLIENT_COLUMNS)
    key = secret + len(_SECRET_COLUMNS)
    scope = key + len(_KEY_COLUMNS)
    return row[:secret], row[secret:key], row[key:scope], row[scope:]
