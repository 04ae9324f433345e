"""Which keys a declarative file may have, and what kind of value each takes."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from oauth_m2m.operations.declarative.document import Document, Fault, Place

__all__ = ["SECTIONS", "SETS", "entries_of", "shape_faults"]

_TEXT: Final = "a text"
_TRUTH: Final = "true or false"
_NUMBER: Final = "a whole number"
_TABLE: Final = "a table"
_TEXTS: Final = "a list of texts"
_TABLES: Final = "a list of tables"
_JSON: Final = "a table, or a text that is JSON"

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    _TEXT: (str,),
    _TRUTH: (bool,),
    _NUMBER: (int,),
    _TABLE: (dict,),
    _JSON: (dict, str),
}
_ITEMS: Final[Mapping[str, type]] = {_TEXTS: str, _TABLES: dict}
MAX_SECRETS: Final = 10

SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "resource_servers": {"name": _TEXT, "token_format": _TEXT, "token_lifetime": _NUMBER},
    "scopes": {"description": _TEXT, "resource_server": _TEXT},
    "trusted_issuers": {
        "name": _TEXT,
        "jwks_uri": _TEXT,
        "algorithms": _TEXTS,
        "audience": _TEXT,
        "disabled": _TRUTH,
    },
    "clients": {
        "name": _TEXT,
        "description": _TEXT,
        "contact_email": _TEXT,
        "owner": _TEXT,
        "disabled": _TRUTH,
        "scopes": _TEXTS,
        "optional_scopes": _TEXTS,
        "auth_methods": _TEXTS,
        "secrets": _NUMBER,
        "keys": _TEXTS,
        "jwks_uri": _TEXT,
        "tls_subject": _TABLE,
        "workload_identities": _TABLES,
        "token_format": _TEXT,
        "token_lifetime": _NUMBER,
        "requires_dpop": _TRUTH,
        "requires_certificate": _TRUTH,
        "profile": _TEXT,
        "resource_servers": _TEXTS,
        "introspects": _TEXTS,
        "service_account": _TEXT,
        "groups": _TEXTS,
        "allowed_networks": _TEXTS,
        "rate_limit": _TEXT,
        "metadata": _JSON,
    },
}
"""Section, key, kind of value: in the order in which they are applied and written."""

_IDENTITY: Final = {"issuer": _TEXT, "subject": _TEXT, "conditions": _TABLE}
_REQUIRED: Final = ("issuer", "subject")

SETS: Final = frozenset(
    key for keys in SECTIONS.values() for key, kind in keys.items() if kind in {_TEXTS, _TABLES}
)
"""The keys whose list has no order."""


def entries_of(
    document: Document, section: str, faults: Iterable[Fault] = ()
) -> dict[str, dict[str, Any]]:
    """
    Return the entries of *section*, without what they repeat and without what has *faults*.

    So whatever else is wrong can be found in the same run.
    """
    faulty = {fault.place[:3] for fault in faults}
    entries = {} if (section,) in faulty else document.content.get(section, {})
    return {
        name: {
            key: _plain(section, key, value)
            for key, value in entry.items()
            if (section, name, key) not in faulty
        }
        for name, entry in entries.items()
        if (section, name) not in faulty
    }


def shape_faults(document: Document) -> list[Fault]:
    """Return a fault for each unknown key, wrong kind of value, and what cannot be stored."""
    faults = [document.fault(place, message) for place, message in _unstorable(document.content)]
    for section, entries in document.content.items():
        if section not in SECTIONS:
            faults.append(_unknown(document, (section,), SECTIONS))
        elif not isinstance(entries, dict):
            faults.append(document.fault((section,), f"It must be {_TABLE} of {section}."))
        else:
            for name, entry in entries.items():
                faults += _entry_faults(document, (section, name), entry, SECTIONS[section])
    return faults


def _entry_faults(
    document: Document, place: Place, entry: Any, keys: Mapping[str, str]
) -> Iterator[Fault]:
    if not isinstance(entry, dict):
        yield document.fault(place, f"It must be {_TABLE} of keys and values.")
        return
    for key, value in entry.items():
        inner = (*place, key)
        if key not in keys:
            yield _unknown(document, inner, keys)
        elif not _is(keys[key], value):
            yield document.fault(inner, f"It must be {keys[key]}.")
        elif keys[key] == _TABLES:
            for index, item in enumerate(value):
                yield from _identity_faults(document, (*inner, index), item)
        elif key == "secrets" and not 0 <= value <= MAX_SECRETS:
            yield document.fault(inner, f"It must be {_NUMBER} from 0 to {MAX_SECRETS}.")
        elif keys[key] == _JSON and isinstance(value, str) and not _is_json(value):
            yield document.fault(inner, f"It must be {_JSON}.")


def _identity_faults(document: Document, place: Place, item: dict[str, Any]) -> Iterator[Fault]:
    yield from _entry_faults(document, place, item, _IDENTITY)
    for key in _REQUIRED:
        if key not in item:
            yield document.fault(place, f"It needs the key {key}.")


def _is(kind: str, value: Any) -> bool:
    # To Python, true is a number.
    if isinstance(value, bool) and kind != _TRUTH:
        return False
    if kind in _ITEMS:
        return isinstance(value, list) and all(isinstance(item, _ITEMS[kind]) for item in value)
    return isinstance(value, _TYPES[kind])


def _is_json(text: str) -> bool:
    try:
        return not list(_unstorable(json.loads(text)))
    except (ValueError, RecursionError):
        return False


def _unknown(document: Document, place: Place, keys: Mapping[str, Any]) -> Fault:
    return document.fault(place, "There is no such key.", wanted=str(place[-1]), known=keys)


def _plain(section: str, key: str, value: Any) -> Any:
    if SECTIONS[section][key] == _TEXTS:
        return list(dict.fromkeys(value))
    if SECTIONS[section][key] == _TABLES:
        return [{"conditions": {}, **item} for item in value]
    if SECTIONS[section][key] == _JSON and isinstance(value, str):
        return json.loads(value)
    return value


def _unstorable(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if not _is_sound(key):
                yield (*place, key), "The key has a character that no database keeps."
            yield from _unstorable(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unstorable(item, (*place, index))
    elif isinstance(value, str):
        if not _is_sound(value):
            yield place, "It has a character that no database keeps."
    elif value is not None and not isinstance(value, int | float):
        yield place, "Dates, times and bytes are not kept: put it into quotes."
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, "It must be a finite number."


def _is_sound(text: str) -> bool:
    # PostgreSQL keeps no NUL, and half of a surrogate pair is no character.
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
