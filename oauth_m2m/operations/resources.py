"""Create, change and delete scopes and resource servers."""

from collections.abc import Iterable
from typing import Any

from oauth_m2m.models import Client, ResourceServer, Scope
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

__all__ = ["delete_resource", "save_resource"]


@our_transaction()
def save_resource(
    row: Scope | ResourceServer,
    *,
    introspecting_clients: Iterable[Client] | None = None,
    actor: Actor,
) -> None:
    """
    Save a scope or a resource server; raises ValidationError for a bad value.

    The clients that may ask about tokens for a resource server become exactly those given;
    None leaves them as they are. A renamed row keeps its former name in the audit trail:
    tokens may still carry it.
    """
    row.full_clean()
    before = type(row)._default_manager.filter(pk=row.pk).first()  # noqa: SLF001 - the documented way to a model's manager
    row.save()
    detail: dict[str, Any] = {"name": _name(row)}
    if before is not None and _name(before) != _name(row):
        detail["former_name"] = _name(before)
    if isinstance(row, ResourceServer) and introspecting_clients is not None:
        detail |= _set_introspecting_clients(row, introspecting_clients)
    note(f"{_subject(row)}.{'created' if before is None else 'changed'}", actor, detail=detail)


@our_transaction()
def delete_resource(row: Scope | ResourceServer, *, actor: Actor) -> None:
    """
    Delete a scope, which takes it from every client, or a resource server without scopes.

    Tokens that carry the scope keep it until they expire.
    """
    note(f"{_subject(row)}.deleted", actor, detail={"name": _name(row)})
    row.delete()


def _set_introspecting_clients(server: ResourceServer, clients: Iterable[Client]) -> dict[str, Any]:
    before = _client_ids(server)
    server.introspecting_clients.set(clients)
    after = _client_ids(server)
    if before == after:
        return {}
    return {"introspecting_clients": {"before": before, "after": after}}


def _client_ids(server: ResourceServer) -> list[str]:
    clients = server.introspecting_clients.order_by("client_id")
    return list(clients.values_list("client_id", flat=True))


def _subject(row: Scope | ResourceServer) -> str:
    return "scope" if isinstance(row, Scope) else "resource_server"


def _name(row: Scope | ResourceServer) -> str:
    return row.name if isinstance(row, Scope) else row.identifier
