"""Write what the database has as a declarative file would say it, without secrets."""

import json
from collections.abc import Iterable
from typing import Any

from oauth_m2m import protocol
from oauth_m2m.operations.declarative.described import (
    default_entry,
    described,
    is_same,
    rows_of,
)
from oauth_m2m.operations.declarative.shape import SECTIONS

__all__ = ["export_rows"]

Content = dict[str, dict[str, dict[str, Any]]]


def export_rows(client_ids: Iterable[str] = ()) -> Content:
    """
    Return the content of a file that declares all rows, or these clients and what they name.

    It has the keys that differ from a new row's. A client that has secrets gets ``secrets = 1``:
    the file says that it needs one, never which.
    """
    if client_ids := list(client_ids):
        rows = {"clients": rows_of("clients", client_ids)}
        rows = _named_by(rows["clients"].values()) | rows
    else:
        rows = {section: rows_of(section) for section in SECTIONS}
    content: Content = {}
    for section in SECTIONS:
        if rows[section]:
            content[section] = {
                name: _entry(section, name, row) for name, row in sorted(rows[section].items())
            }
    return content


def _named_by(clients: Iterable[Any]) -> dict[str, dict[str, Any]]:
    scopes, servers, issuers = {}, {}, {}
    for client in clients:
        for grant in client.scope_grants.all():
            scopes[grant.scope.name] = grant.scope
            if grant.scope.resource_server is not None:
                server = grant.scope.resource_server
                servers[server.identifier] = server
        for server in (*client.resource_servers.all(), *client.introspects.all()):
            servers[server.identifier] = server
        for identity in client.workload_identities.all():
            issuers[identity.issuer.issuer] = identity.issuer
    return {"scopes": scopes, "resource_servers": servers, "trusted_issuers": issuers}


def _entry(section: str, name: str, row: Any) -> dict[str, Any]:
    entry = described(section, row)
    if section == "clients":
        takes_secret = {*protocol.SECRET_METHODS}.intersection(entry["auth_methods"])
        entry["secrets"] = 1 if entry["secrets"] and takes_secret else 0
        if not _has_toml(entry["metadata"]):
            entry["metadata"] = json.dumps(entry["metadata"], ensure_ascii=False)
        for identity in entry["workload_identities"]:
            if not identity["conditions"]:
                del identity["conditions"]
    default = default_entry(section, name)
    return {
        key: entry[key] for key in SECTIONS[section] if not is_same(key, entry[key], default[key])
    }


def _has_toml(metadata: Any) -> bool:
    # TOML has no null.
    return isinstance(metadata, dict) and "null" not in json.dumps(metadata)
