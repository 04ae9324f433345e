"""The one lookup of the token endpoint: a client, its scopes, and the secret it presented."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import models, router
from django.db.models import FilteredRelation, Q

from oauth_m2m.models.clients import Client
from oauth_m2m.models.compiled_query import CompiledQuery

__all__ = ["ClientRecord", "GrantedScope", "KeyRecord", "Lookup", "SecretRecord", "find_client"]


@dataclass(frozen=True, slots=True)
class SecretRecord:
    """The row of the secret that a client presented; its digest never leaves this object."""

    pk: int
    digest: str
    algorithm: str
    expires_at: datetime | None
    revoked_at: datetime | None
    retiring_since: datetime | None
    unused_limit: timedelta | None
    latest_end_at: datetime | None
    awaits_use: bool

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


class Lookup(NamedTuple):
    """What was asked, and the moment of ``time.monotonic()`` before it was."""

    asked: tuple[str, str, str]
    read_at: float


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
    lookup: Lookup | None = field(default=None, compare=False, repr=False)


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
_SECRET_COLUMNS: Final = (
    "pk",
    "digest",
    "algorithm",
    "expires_at",
    "revoked_at",
    "retiring_since",
    "unused_limit",
    "latest_end_at",
    "awaits_use",
)
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
_CLIENT_ID: Final = _CLIENT_COLUMNS.index("client_id")
_CLIENT_END: Final = len(_CLIENT_COLUMNS)
_SCOPE_END: Final = _CLIENT_END + len(_SCOPE_COLUMNS)


# The id of a secret or key picks at most one, so the rows are the client's scopes: two secrets
# and fifty scopes are fifty rows, not a hundred. A table that a request does not need is not
# joined: to plan the statement costs the database more than to run it.
def _by_secret(client_id: str, key_id: str) -> "models.QuerySet[Client, Any]":
    return (
        Client.objects.filter(client_id=client_id)
        .annotate(presented=FilteredRelation("secrets", condition=Q(secrets__key_id=key_id)))
        .order_by("scope_grants__scope__name")
        .values_list(*_columns("presented", _SECRET_COLUMNS))
    )


def _by_key(client_id: str, kid: str) -> "models.QuerySet[Client, Any]":
    return (
        Client.objects.filter(client_id=client_id)
        .annotate(used=FilteredRelation("keys", condition=Q(keys__kid=kid)))
        .order_by("scope_grants__scope__name")
        .values_list(*_columns("used", _KEY_COLUMNS))
    )


def _columns(relation: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    return (
        *_CLIENT_COLUMNS,
        *(f"scope_grants__{column}" for column in _SCOPE_COLUMNS),
        *(f"{relation}__{column}" for column in columns),
    )


_FIND_BY_SECRET: Final = CompiledQuery(_by_secret, parameters=2)
_FIND_BY_KEY: Final = CompiledQuery(_by_key, parameters=2)


def find_client(client_id: str, key_id: str = "", kid: str = "") -> ClientRecord | None:
    """
    Return the client with its scopes, and the secret or key that it used, in one statement.

    *key_id* names a secret, *kid* a registered key; of the two at most one is asked for. Reads
    where the project writes: a replica that lags must not keep a revoked secret alive.
    """
    query, used_id = (_FIND_BY_KEY, kid) if kid else (_FIND_BY_SECRET, key_id)
    rows = query.fetch(router.db_for_write(Client), client_id, used_id)
    # MariaDB takes "A" for "a", and ignores spaces at the end. Of a secret the digest, of a key
    # the signature decides; nothing more decides of an id.
    if not rows or rows[0][_CLIENT_ID] != client_id:
        return None
    own, used = dict(zip(_CLIENT_COLUMNS, rows[0], strict=False)), rows[0][_SCOPE_END:]
    own["auth_methods"] = tuple(own["auth_methods"])
    own["allowed_networks"] = tuple(own["allowed_networks"])
    is_found = used[0] is not None
    return ClientRecord(
        **own,
        secret=SecretRecord(*used) if is_found and not kid else None,
        key=KeyRecord(*used) if is_found and kid else None,
        scopes=tuple(
            GrantedScope(*row[_CLIENT_END:_SCOPE_END])
            for row in rows
            if row[_CLIENT_END] is not None
        ),
    )
