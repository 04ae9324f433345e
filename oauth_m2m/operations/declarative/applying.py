"""Carry out what a file declares, all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import F

from oauth_m2m.models import Client, ResourceServer, Scope, TrustedIssuer, WorkloadIdentity
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.client_keys import add_client_keys
from oauth_m2m.operations.clients import (
    create_client,
    disable_client,
    enable_client,
    update_client,
)
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.declarative.described import default_entry, set_values
from oauth_m2m.operations.declarative.document import Document
from oauth_m2m.operations.declarative.planning import Plan, Step, plan_document
from oauth_m2m.operations.federation import (
    delete_workload_identity,
    save_trusted_issuer,
    save_workload_identity,
)
from oauth_m2m.operations.resources import save_resource
from oauth_m2m.values import Actor, NewSecret

__all__ = ["Applied", "apply_document"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, and the secrets that it made, with the client of each."""

    plan: Plan
    secrets: tuple[tuple[Client, NewSecret], ...]


@our_transaction()
def apply_document(document: Document, *, actor: Actor) -> Applied:
    """
    Make the database say what *document* says; one that runs at the same time waits.

    Raises FaultyDocument, and ValidationError or IntegrityError when somebody else changed the
    same rows at this moment; nothing is changed then.
    """
    _wait_for_others()
    plan = plan_document(document)
    secrets: list[tuple[Client, NewSecret]] = []
    for step in plan.steps:
        if step.section == "resource_servers":
            server = _row(ResourceServer, "identifier", step)
            save_resource(server, actor=actor)
        elif step.section == "scopes":
            scope = _row(Scope, "name", step)
            if "resource_server" in step.values:
                identifier = step.values["resource_server"]
                scope.resource_server = _servers([identifier])[0] if identifier else None
            save_resource(scope, actor=actor)
        elif step.section == "trusted_issuers":
            save_trusted_issuer(_row(TrustedIssuer, "issuer", step), actor=actor)
        else:
            client = _apply_client(step, actor)
            secrets += [(client, add_secret(client, actor=actor)) for _ in range(step.secrets)]
    return Applied(plan, tuple(secrets))


def _wait_for_others() -> None:
    # Writing a row that every database has, to what it is, is a lock on all of them. It is the
    # first statement: SQLite lets a writer wait for another, but refuses at once one that
    # has read already, since what it read may be over.
    label, name = Client._meta.app_label, Client._meta.model_name  # noqa: SLF001 - Django's documented model API
    ContentType.objects.filter(app_label=label, model=name).update(model=F("model"))


def _row(model: Any, field: str, step: Step) -> Any:
    if step.is_new:
        row = model(**{field: step.name})
        set_values(row, default_entry(step.section, step.name))
    else:
        # As it is now: what another person changed meanwhile, and the file does not, stays.
        row = model.objects.select_for_update().get(**{field: step.name})
    set_values(row, step.values)
    return row


def _apply_client(step: Step, actor: Actor) -> Client:
    client: Client = _row(Client, "client_id", step)
    values = step.values
    for key in ("owner", "service_account"):
        if key in values:
            setattr(client, f"{key}_id", _user_pk(values[key]))
    servers = {
        key: _servers(values[key]) if key in values else None
        for key in ("resource_servers", "introspects")
    }
    if step.is_new:
        create_client(
            client,
            scopes=_scopes(values, {}),
            groups=_groups(values.get("groups", ())),
            resource_servers=servers["resource_servers"] or (),
            introspects=servers["introspects"] or (),
            actor=actor,
        )
    else:
        grants = client.scope_grants.select_related("scope")
        groups = values.get("groups")
        update_client(
            client,
            scopes=_scopes(values, {grant.scope: grant.is_default for grant in grants}),
            groups=client.groups.all() if groups is None else _groups(groups),
            resource_servers=servers["resource_servers"],
            introspects=servers["introspects"],
            actor=actor,
        )
    if "disabled" in values:
        (disable_client if values["disabled"] else enable_client)(client, actor=actor)
    if step.keys:
        add_client_keys(client, step.keys, actor=actor)
    if "workload_identities" in values:
        _set_identities(client, values["workload_identities"], actor)
    return client


def _scopes(values: Mapping[str, Any], granted: Mapping[Scope, bool]) -> dict[Scope, bool]:
    # What the two keys do not change stays; together they say all of it.
    now = {
        "scopes": [scope.name for scope, is_default in granted.items() if is_default],
        "optional_scopes": [scope.name for scope, is_default in granted.items() if not is_default],
    }
    now |= {key: values[key] for key in now if key in values}
    wanted = {name: key == "scopes" for key, names in now.items() for name in names}
    return {scope: wanted[scope.name] for scope in Scope.objects.filter(name__in=wanted)}


def _servers(identifiers: Sequence[str]) -> list[ResourceServer]:
    return list(ResourceServer.objects.filter(identifier__in=identifiers))


def _groups(names: Sequence[str]) -> list[Group]:
    return list(Group.objects.filter(name__in=names))


def _user_pk(username: str) -> Any:
    if not username:
        return None
    model = get_user_model()
    users = model._default_manager  # noqa: SLF001 - the documented way to a model's manager
    return users.values_list("pk", flat=True).get(**{model.USERNAME_FIELD: username})


def _set_identities(client: Client, wanted: Sequence[Mapping[str, Any]], actor: Actor) -> None:
    rows = {
        (row.issuer.issuer, row.subject): row
        for row in client.workload_identities.select_related("issuer")
    }
    conditions = {(item["issuer"], item["subject"]): item["conditions"] for item in wanted}
    for named in rows.keys() - conditions.keys():
        delete_workload_identity(rows[named], actor=actor)
    for named, value in conditions.items():
        row = rows.get(named)
        if row is None:
            issuer = TrustedIssuer.objects.get(issuer=named[0])
            row = WorkloadIdentity(issuer=issuer, client=client, subject=named[1])
        elif row.conditions == value:
            continue
        row.conditions = value
        save_workload_identity(row, actor=actor)
