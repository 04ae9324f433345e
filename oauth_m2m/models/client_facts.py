"""
What an API needs to know of a token's client, beside the token.

An opaque token brings these columns with it; a signed token has them looked up by client
id, with the ids of those of the client's signed tokens that were revoked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, router
from django.db.models import FilteredRelation, Q

from oauth_m2m.models.clients import Client
from oauth_m2m.models.compiled_query import CompiledQuery
from oauth_m2m.models.tokens import TokenFormat

__all__ = ["ClientFacts", "client_columns", "client_facts", "find_client_facts"]


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """A client as the accepting side sees it."""

    pk: int
    client_id: str
    name: str
    is_active: bool
    tokens_valid_after: datetime | None
    allowed_networks: tuple[str, ...]
    rate_limit: str
    service_account: AbstractBaseUser | None = field(repr=False)
    revoked_token_ids: frozenset[str] = frozenset()


_CLIENT_COLUMNS: Final = (
    "pk",
    "client_id",
    "name",
    "is_active",
    "tokens_valid_after",
    "allowed_networks",
    "rate_limit",
)


def client_columns(prefix: str = "") -> list[str]:
    """Return the columns that client_facts() takes, as seen through *prefix*."""
    account = [f"service_account__{name}" for name in _user_fields()]
    return [f"{prefix}{name}" for name in (*_CLIENT_COLUMNS, *account)]


def client_facts(
    alias: str, values: Sequence[Any], revoked_token_ids: frozenset[str] = frozenset()
) -> ClientFacts:
    """Make the facts of a row of client_columns() that database *alias* returned."""
    user_model, names = get_user_model(), _user_fields()
    own, account_values = values[: len(_CLIENT_COLUMNS)], values[len(_CLIENT_COLUMNS) :]
    account_pk = account_values[names.index(user_model._meta.pk.attname)]  # noqa: SLF001 - Django's documented model API
    pk, client_id, name, is_active, valid_after, networks, rate_limit = own
    return ClientFacts(
        pk=pk,
        client_id=client_id,
        name=name,
        is_active=is_active,
        tokens_valid_after=valid_after,
        allowed_networks=tuple(networks),
        rate_limit=rate_limit,
        service_account=(
            None if account_pk is None else user_model.from_db(alias, names, account_values)
        ),
        revoked_token_ids=revoked_token_ids,
    )


def find_client_facts(client_id: str) -> ClientFacts | None:
    """
    Return the facts of one client with its revoked signed tokens, in one statement.

    Reads where the project writes, like the other hot lookups.
    """
    alias = router.db_for_write(Client)
    rows = _FIND_CLIENT_FACTS.fetch(alias, client_id)
    if not rows:
        return None
    revoked = frozenset(row[-1] for row in rows if row[-1] is not None)
    return client_facts(alias, rows[0][:-1], revoked)


def _facts_query(client_id: str) -> "models.QuerySet[Client, Any]":
    # A signed token has a row only once it is revoked, so there are few.
    revoked = Q(access_tokens__format=TokenFormat.JWT, access_tokens__revoked_at__isnull=False)
    return (
        Client.objects.filter(client_id=client_id)
        .annotate(revoked=FilteredRelation("access_tokens", condition=revoked))
        .order_by()
        .values_list(*client_columns(), "revoked__jti")
    )


def _user_fields() -> list[str]:
    return [field.attname for field in get_user_model()._meta.concrete_fields]  # noqa: SLF001 - as above


_FIND_CLIENT_FACTS: Final = CompiledQuery(_facts_query, parameters=1)
