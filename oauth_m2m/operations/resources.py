"""Create, change and delete scopes and resource servers."""

from django.db import transaction

from oauth_m2m.models import ResourceServer, Scope
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

__all__ = ["delete_resource", "save_resource"]


@transaction.atomic
def save_resource(row: Scope | ResourceServer, *, actor: Actor) -> None:
    """Save a scope or a resource server; raises ValidationError for a bad value."""
    row.full_clean()
    action = "created" if row.pk is None else "changed"
    row.save()
    note(f"{_subject(row)}.{action}", actor, detail={"name": _name(row)})


@transaction.atomic
def delete_resource(row: Scope | ResourceServer, *, actor: Actor) -> None:
    """
    Delete a scope, which takes it from every client, or a resource server without scopes.

    Tokens that carry the scope keep it until they expire.
    """
    note(f"{_subject(row)}.deleted", actor, detail={"name": _name(row)})
    row.delete()


def _subject(row: Scope | ResourceServer) -> str:
    return "scope" if isinstance(row, Scope) else "resource_server"


def _name(row: Scope | ResourceServer) -> str:
    return row.name if isinstance(row, Scope) else row.identifier
