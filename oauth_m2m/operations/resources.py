"""Create, change and delete scopes and resource servers."""

from django.db import transaction

from oauth_m2m.models import ResourceServer, Scope
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

__all__ = ["delete_resource", "save_resource"]


@transaction.atomic
def save_resource(row: Scope | ResourceServer, *, actor: Actor) -> None:
    """
    Save a scope or a resource server; raises ValidationError for a bad value.

    A renamed one keeps its former name in the audit trail: tokens may still carry it.
    """
    row.full_clean()
    before = type(row)._default_manager.filter(pk=row.pk).first()  # noqa: SLF001 - the documented way to a model's manager
    row.save()
    detail = {"name": _name(row)}
    if before is not None and _name(before) != _name(row):
        detail["former_name"] = _name(before)
    note(f"{_subject(row)}.{'created' if before is None else 'changed'}", actor, detail=detail)


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
