"""Rows as a declarative file says them: one dict a row, with every key, however short the file."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model

from oauth_m2m.models import Client, ResourceServer, Scope, TrustedIssuer
from oauth_m2m.operations.declarative.shape import SETS

__all__ = ["NAMED_BY", "default_entry", "described", "is_same", "rows_of", "set_values"]

NAMED_BY: Final[Mapping[str, tuple[type[Model], str]]] = {
    "resource_servers": (ResourceServer, "identifier"),
    "scopes": (Scope, "name"),
    "trusted_issuers": (TrustedIssuer, "issuer"),
    "clients": (Client, "client_id"),
}
"""For each section, whose rows it declares, and the field that is the name of an entry."""

_PREFETCHED: Final[Mapping[str, tuple[str, ...]]] = {
    "scopes": ("resource_server",),
    "clients": (
        "owner",
        "service_account",
        "groups",
        "resource_servers",
        "introspects",
        "scope_grants__scope__resource_server",
        "workload_identities__issuer",
        "secrets",
        "keys",
    ),
}
_PLAIN_CLIENT_KEYS: Final = (
    "name",
    "description",
    "contact_email",
    "auth_methods",
    "jwks_uri",
    "tls_subject",
    "token_format",
    "requires_dpop",
    "requires_certificate",
    "profile",
    "allowed_networks",
    "rate_limit",
    "metadata",
)


def rows_of(section: str, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the rows that *section* declares, all or those with *names*, by name."""
    model, field = NAMED_BY[section]
    rows = model._default_manager.order_by(field)  # noqa: SLF001 - the documented way to a model's manager
    if names is not None:
        rows = rows.filter(**{f"{field}__in": list(names)})
    return {
        getattr(row, field): row for row in rows.prefetch_related(*_PREFETCHED.get(section, ()))
    }


def described(section: str, row: Any) -> dict[str, Any]:
    """Return what a file would say of *row*; of its keys and secrets, those that work."""
    return _DESCRIBE[section](row)


def default_entry(section: str, name: str) -> dict[str, Any]:
    """Return what a new row has of which a file says no more than its *name*."""
    entries: dict[str, dict[str, Any]] = {
        "resource_servers": _server(ResourceServer(name=name)),
        "scopes": _scope(Scope()),
        "trusted_issuers": _issuer(TrustedIssuer(name=name)),
        "clients": {
            **_own_values(Client(name=name)),
            **dict.fromkeys(("owner", "service_account"), ""),
            **{key: [] for key in _RELATED_TO_CLIENT},
            "secrets": 0,
        },
    }
    return entries[section]


def set_values(row: Any, values: Mapping[str, Any]) -> None:
    """Set those of *values* that are columns of *row*; those that name other rows are not."""
    plain = {"description", "name", "token_format", "jwks_uri", "algorithms", "audience"}
    for key, value in values.items():
        if key in plain or key in _PLAIN_CLIENT_KEYS:
            setattr(row, key, value)
        elif key == "token_lifetime":
            row.token_lifetime = value or None
        elif key == "disabled" and isinstance(row, TrustedIssuer):
            row.is_active = not value


def is_same(key: str, before: Any, after: Any) -> bool:
    """Whether two values of *key* mean the same."""
    if key in SETS:
        return sorted(map(_as_text, before)) == sorted(map(_as_text, after))
    return _as_text(before) == _as_text(after)


def _server(row: ResourceServer) -> dict[str, Any]:
    return {
        "name": row.name,
        "token_format": row.token_format,
        "token_lifetime": row.token_lifetime or 0,
    }


def _scope(row: Scope) -> dict[str, Any]:
    server = row.resource_server
    return {
        "description": row.description,
        "resource_server": "" if server is None else server.identifier,
    }


def _issuer(row: TrustedIssuer) -> dict[str, Any]:
    return {
        "name": row.name,
        "jwks_uri": row.jwks_uri,
        "algorithms": row.algorithms,
        "audience": row.audience,
        "disabled": not row.is_active,
    }


def _client(row: Client) -> dict[str, Any]:
    related = {key: describe(row) for key, describe in _RELATED_TO_CLIENT.items()}
    return {
        **_own_values(row),
        "owner": _username(row.owner),
        "service_account": _username(row.service_account),
        "secrets": sum(secret.state == "active" for secret in row.secrets.all()),
        **related,
    }


_DESCRIBE: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "resource_servers": _server,
    "scopes": _scope,
    "trusted_issuers": _issuer,
    "clients": _client,
}


def _own_values(row: Client) -> dict[str, Any]:
    return {
        **{key: getattr(row, key) for key in _PLAIN_CLIENT_KEYS},
        "token_lifetime": row.token_lifetime or 0,
        "disabled": not row.is_active,
    }


def _granted(row: Client, *, is_default: bool) -> list[str]:
    grants = row.scope_grants.all()
    return sorted(grant.scope.name for grant in grants if grant.is_default is is_default)


def _identities(row: Client) -> list[dict[str, Any]]:
    identities = [
        {"issuer": found.issuer.issuer, "subject": found.subject, "conditions": found.conditions}
        for found in row.workload_identities.all()
    ]
    return sorted(identities, key=lambda found: (found["issuer"], found["subject"]))


def _key_texts(row: Client) -> list[str]:
    works = [key for key in row.keys.all() if key.state in {"active", "not yet valid"}]
    ordered = sorted(works, key=lambda key: key.kid)
    return [key.certificate or json.dumps(key.public_jwk) for key in ordered]


_RELATED_TO_CLIENT: Final[Mapping[str, Callable[[Client], list[Any]]]] = {
    "scopes": lambda row: _granted(row, is_default=True),
    "optional_scopes": lambda row: _granted(row, is_default=False),
    "groups": lambda row: sorted(group.name for group in row.groups.all()),
    "resource_servers": lambda row: sorted(s.identifier for s in row.resource_servers.all()),
    "introspects": lambda row: sorted(s.identifier for s in row.introspects.all()),
    "workload_identities": _identities,
    "keys": _key_texts,
}


def _username(user: AbstractBaseUser | None) -> str:
    return "" if user is None else user.get_username()


def _as_text(value: Any) -> str:
    # To Python, true is 1; a condition on a claim sees a difference.
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Any) -> Any:
    # PostgreSQL gives 1e16 back as 10000000000000000.
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
