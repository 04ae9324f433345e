"""The one lookup of the token endpoint: a client, its scopes, and the secret it presented."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, reduce
from operator import or_
from typing import Any, Final, NamedTuple

from django.db import models, router
from django.db.models import FilteredRelation, Q, Subquery
from django.db.models.expressions import Col
from django.db.models.lookups import Exact

from oauth_m2m.models.clients import Client, ClientScope
from oauth_m2m.models.compiled_query import CompiledQuery
from oauth_m2m.models.resources import Scope

__all__ = [
    "ClientRecord",
    "GrantedScope",
    "KeyRecord",
    "Lookup",
    "SecretRecord",
    "WantedScopes",
    "find_client",
]

# Names; none stand for the client's default scopes, and None for all that it was granted.
WantedScopes = tuple[str, ...] | None


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

    asked: tuple[str, str, str, WantedScopes]
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
_SCOPE_OF_GRANT: Final = ClientScope._meta.get_field("scope")  # noqa: SLF001 - the documented way to a model's fields
_CLIENT_ID: Final = _CLIENT_COLUMNS.index("client_id")
_USED: Final = {"secrets": ("key_id", _SECRET_COLUMNS), "keys": ("kid", _KEY_COLUMNS)}
_CLIENT_END: Final = len(_CLIENT_COLUMNS)
_SCOPE_END: Final = _CLIENT_END + len(_SCOPE_COLUMNS)


@cache
def _lookup(relation: str, wanted: int | None) -> CompiledQuery:
    # The id of a secret or key picks at most one, so the rows are the client's scopes: two
    # secrets and fifty scopes are fifty rows, not a hundred. A table that a request does not
    # need is not joined, and scopes that it does not ask for are not fetched: to plan the
    # statement costs the database more than to run it, and 500 scopes cost us more than both.
    id_name, columns = _USED[relation]

    def build(client_id: str, used_id: str, *names: str) -> "models.QuerySet[Client, Any]":
        used = FilteredRelation(relation, condition=Q(**{f"{relation}__{id_name}": used_id}))
        chosen = Q()
        if wanted is not None:
            chosen = Q(scope_grants__is_default=True)
        if wanted:
            # Each name has a statement of its own, which is planned in a fraction of the time that
            # more tables in the join would take. The column itself: for a path to it Django joins
            # the tables in a wrong order.
            column = Col("granted", _SCOPE_OF_GRANT)
            named = (Scope.objects.filter(name=name).order_by().values("pk") for name in names)
            chosen = reduce(or_, (Q(Exact(column, Subquery(scope))) for scope in named))
        return (
            Client.objects.filter(client_id=client_id)
            .annotate(used=used, granted=FilteredRelation("scope_grants", condition=chosen))
            .order_by()
            .values_list(
                *_CLIENT_COLUMNS,
                *(f"granted__{column}" for column in _SCOPE_COLUMNS),
                *(f"used__{column}" for column in columns),
            )
        )

    return CompiledQuery(build, parameters=2 + (wanted or 0))


def find_client(
    client_id: str, key_id: str = "", kid: str = "", wanted: WantedScopes = None
) -> ClientRecord | None:
    """
    Return the client with its scopes, and the secret or key that it used, in one statement.

    *key_id* names a secret, *kid* a registered key; of the two at most one is asked for. Of the
    scopes those that are *wanted*: some by name, the default ones (), or all of them (None).
    Reads where the project writes: a replica that lags must not keep a revoked secret alive.
    """
    relation, used_id = ("keys", kid) if kid else ("secrets", key_id)
    names = wanted or ()
    query = _lookup(relation, None if wanted is None else len(names))
    rows = query.fetch(router.db_for_write(Client), client_id, used_id, *names)
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
        # By name, which comes first.
        scopes=tuple(
            GrantedScope(*row)
            for row in sorted(row[_CLIENT_END:_SCOPE_END] for row in rows)
            if row[0] is not None
        ),
    )
