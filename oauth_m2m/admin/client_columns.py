"""What an exported list says of each client: nothing that a client proves itself with."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final

from oauth_m2m.models import Client

__all__ = ["CLIENT_COLUMNS"]


def _scopes(client: Client) -> list[str]:
    # The list has fetched them already.
    return [scope.name for scope in client.scopes.all()]


CLIENT_COLUMNS: Final[Mapping[str, Callable[[Any], object]]] = {
    "client_id": attrgetter("client_id"),
    "name": attrgetter("name"),
    "is_active": attrgetter("is_active"),
    "description": attrgetter("description"),
    "contact_email": attrgetter("contact_email"),
    "owner": attrgetter("owner"),
    "auth_methods": attrgetter("auth_methods"),
    "scopes": _scopes,
    "allowed_networks": attrgetter("allowed_networks"),
    "rate_limit": attrgetter("rate_limit"),
    "created_at": attrgetter("created_at"),
    "last_used_at": attrgetter("last_used_at"),
}
