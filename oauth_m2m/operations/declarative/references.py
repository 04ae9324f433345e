"""What a declarative file names that has to exist: in the file itself, or in the database."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model

from oauth_m2m.operations.declarative.described import NAMED_BY
from oauth_m2m.operations.declarative.document import Document, Fault, Place

__all__ = ["reference_faults"]

_SECTION_OF: Final = {
    "scopes": "scopes",
    "optional_scopes": "scopes",
    "resource_servers": "resource_servers",
    "introspects": "resource_servers",
    "groups": "groups",
}
_WHAT: Final = {
    "resource_servers": "No resource server has this identifier.",
    "scopes": "No scope has this name.",
    "trusted_issuers": "No trusted issuer has this address.",
    "groups": "No group has this name.",
    "users": "No user has this name.",
}
# Comparing with every one of a million names would take minutes.
_CANDIDATES: Final = 5_000


def reference_faults(document: Document, entries: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """Return a fault for each name in *entries* that neither the file nor the database has."""
    wanted: dict[str, dict[str, list[Place]]] = {}
    for kind, name, place in _references(entries):
        wanted.setdefault(kind, {}).setdefault(name, []).append(place)
    faults = []
    for kind, names in wanted.items():
        model, field = _rows(kind)
        rows = model._default_manager.order_by("-pk")  # noqa: SLF001 - the documented way to a model's manager
        found = rows.filter(**{f"{field}__in": list(names)}).values_list(field, flat=True)
        missing = names.keys() - {*found} - entries.get(kind, {}).keys()
        if missing:
            stored = rows.values_list(field, flat=True)[:_CANDIDATES]
            known = [*entries.get(kind, {}), *stored]
            faults += [
                document.fault(place, _WHAT[kind], wanted=name, known=known)
                for name in missing
                for place in names[name]
            ]
    return faults


def _rows(kind: str) -> tuple[type[Model], str]:
    if kind == "users":
        return get_user_model(), get_user_model().USERNAME_FIELD
    return (Group, "name") if kind == "groups" else NAMED_BY[kind]


def _references(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Place]]:
    for name, entry in entries["scopes"].items():
        if entry.get("resource_server"):
            yield "resource_servers", entry["resource_server"], ("scopes", name, "resource_server")
    for client_id, entry in entries["clients"].items():
        client = ("clients", client_id)
        for key, section in _SECTION_OF.items():
            for index, name in enumerate(entry.get(key, ())):
                yield section, name, (*client, key, index)
        for key in ("owner", "service_account"):
            if entry.get(key):
                yield "users", entry[key], (*client, key)
        for index, identity in enumerate(entry.get("workload_identities", ())):
            inner = (*client, "workload_identities", index, "issuer")
            yield "trusted_issuers", identity["issuer"], inner
