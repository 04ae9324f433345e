"""Register, change, disable, enable and delete clients."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.contrib.auth.models import Group

from oauth_m2m.models import AccessToken, Client, ClientScope, ResourceServer, Scope
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.tokens.revocation import forget_facts
from oauth_m2m.values import Actor

__all__ = ["create_client", "delete_client", "disable_client", "enable_client", "update_client"]

# What other operations and the counters write. A client that was loaded before them must not
# put the old values back: a revocation would be undone.
_NOT_FOR_FORMS: Final = frozenset({"is_active", "tokens_valid_after", "last_used_at"})


@our_transaction()
def create_client(
    client: Client,
    *,
    scopes: Mapping[Scope, bool],
    groups: Iterable[Group] = (),
    resource_servers: Iterable[ResourceServer] = (),
    introspects: Iterable[ResourceServer] = (),
    actor: Actor,
) -> Client:
    """
    Save a new *client* with its scopes; the mapping says of each whether it is a default.

    It may name *resource_servers* as audience, and ask about tokens for those that it
    *introspects*. Raises ValidationError when a field is not acceptable. It has no secret yet.
    """
    client.created_by_id = None if actor.user is None else actor.user.pk
    client.full_clean()
    client.save(force_insert=True)
    _set_scopes(client, scopes)
    client.groups.set(groups)
    detail: dict[str, Any] = {"scopes": _as_text(scopes)}
    if servers := list(resource_servers):
        client.resource_servers.set(servers)
        detail["resource_servers"] = _identifiers(servers)
    if servers := list(introspects):
        client.introspects.set(servers)
        detail["introspects"] = _identifiers(servers)
    note("client.created", actor, client=client, detail=detail)
    return client


@our_transaction()
def update_client(
    client: Client,
    *,
    scopes: Mapping[Scope, bool] | None,
    groups: Iterable[Group] | None,
    resource_servers: Iterable[ResourceServer] | None = None,
    introspects: Iterable[ResourceServer] | None = None,
    actor: Actor,
) -> Client:
    """
    Save a changed *client*; its scopes and groups become exactly those given.

    So do its resource servers and those that it introspects. What is None stays. So does
    whether it is active, when it was used and which of its tokens count: that is not changed
    here. The audit trail gets the names of what changed, and the values before and after.
    """
    client.full_clean()
    before = Client.objects.select_for_update().get(pk=client.pk)
    changes = _differences(before, client)
    changed_fields = list(changes)
    former_scopes, former_groups = _scopes_of(client), list(client.groups.all())
    scopes = former_scopes if scopes is None else scopes
    groups = former_groups if groups is None else list(groups)
    changes |= _change("scopes", _as_text(former_scopes), _as_text(scopes))
    changes |= _change("groups", sorted(map(str, former_groups)), sorted(map(str, groups)))
    former = list(client.resource_servers.all())
    servers = former if resource_servers is None else list(resource_servers)
    changes |= _change("resource_servers", _identifiers(former), _identifiers(servers))
    if introspects is not None:
        introspects = list(introspects)
        asked_about = _identifiers(client.introspects.all())
        changes |= _change("introspects", asked_about, _identifiers(introspects))
    if not changes:
        return client
    client.save(update_fields=changed_fields)
    _set_scopes(client, scopes)
    client.groups.set(groups)
    client.resource_servers.set(servers)
    if introspects is not None:
        client.introspects.set(introspects)
    note("client.changed", actor, client=client, detail=changes)
    return client


def disable_client(client: Client, *, actor: Actor, reason: str = "") -> bool:
    """Refuse the client's tokens and give it no more; False if it was disabled already."""
    return _set_active(client, is_active=False, kind="client.disabled", actor=actor, reason=reason)


def enable_client(client: Client, *, actor: Actor, reason: str = "") -> bool:
    """Let the client work again; False if it did already."""
    return _set_active(client, is_active=True, kind="client.enabled", actor=actor, reason=reason)


@our_transaction()
def delete_client(client: Client, *, actor: Actor) -> None:
    """Delete the client with its secrets and tokens; its audit trail stays."""
    note("client.deleted", actor, client=client, detail={"name": client.name})
    # One statement, however many there are: nothing hangs on a token.
    AccessToken.objects.filter(client=client)._raw_delete(using=client._state.db)  # noqa: SLF001
    client.delete()


@our_transaction()
def _set_active(client: Client, *, is_active: bool, kind: str, actor: Actor, reason: str) -> bool:
    changed = Client.objects.filter(pk=client.pk, is_active=not is_active).update(
        is_active=is_active
    )
    client.is_active = is_active
    if changed:
        note(kind, actor, client=client, reason=reason)
        forget_facts()
    return bool(changed)


def _scopes_of(client: Client) -> dict[Scope, bool]:
    grants = client.scope_grants.select_related("scope")
    return {grant.scope: grant.is_default for grant in grants}


def _set_scopes(client: Client, scopes: Mapping[Scope, bool]) -> None:
    before = _scopes_of(client)
    client.scope_grants.filter(scope__in=before.keys() - scopes.keys()).delete()
    for scope, is_default in scopes.items():
        if before.get(scope) is not is_default:
            ClientScope.objects.update_or_create(
                client=client, scope=scope, defaults={"is_default": is_default}
            )


def _as_text(scopes: Mapping[Scope, bool]) -> dict[str, str]:
    return {
        scope.name: "default" if is_default else "on request"
        for scope, is_default in sorted(scopes.items(), key=lambda item: item[0].name)
    }


def _identifiers(servers: Iterable[ResourceServer]) -> list[str]:
    return sorted(server.identifier for server in servers)


def _differences(before: Client, after: Client) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in Client._meta.concrete_fields:  # noqa: SLF001 - Django's documented model API
        if field.name not in _NOT_FOR_FORMS:
            changes |= _change(
                field.name, field.value_from_object(before), field.value_from_object(after)
            )
    return changes


def _change(name: str, old: Any, new: Any) -> dict[str, Any]:
    if old == new:
        return {}
    return {name: {"before": _plain(old), "after": _plain(new)}}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)
