"""Compare what a file declares with what the database has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.keys.pasted import PastedKey
from oauth_m2m.models import Client, TokenFormat, WorkloadIdentity
from oauth_m2m.operations.declarative.declared_keys import new_keys
from oauth_m2m.operations.declarative.described import (
    NAMED_BY,
    default_entry,
    described,
    is_same,
    rows_of,
    set_values,
)
from oauth_m2m.operations.declarative.document import Document, Fault, FaultyDocument, Place
from oauth_m2m.operations.declarative.references import reference_faults
from oauth_m2m.operations.declarative.shape import SECTIONS, entries_of, shape_faults

__all__ = ["Change", "Plan", "Step", "plan_document"]

# Names of other rows: a row that is not saved yet cannot be asked about them.
_RELATIONS: Final = ("resource_server", "owner", "service_account", "created_by")


@dataclass(frozen=True, slots=True)
class Change:
    """One key of one entry, as it is and as it shall be; of public keys, their ids."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be done with one entry, and the public keys that it gains."""

    section: str
    name: str
    is_new: bool
    changes: tuple[Change, ...]
    keys: tuple[PastedKey, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """What the changed keys shall be."""
        return {change.key: change.after for change in self.changes}

    @property
    def secrets(self) -> int:
        """How many secrets the client gains."""
        return sum(c.after - c.before for c in self.changes if c.key == "secrets")


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in the order in which they are done, and the clients that the file leaves out."""

    steps: tuple[Step, ...] = ()
    not_in_file: tuple[str, ...] = field(default=())


def plan_document(document: Document) -> Plan:
    """Return what *document* would change, changing nothing; raises FaultyDocument."""
    faults = shape_faults(document)
    entries = {section: entries_of(document, section, faults) for section in SECTIONS}
    faults += reference_faults(document, entries)
    steps: list[Step] = []
    for section, declared in entries.items():
        rows = rows_of(section, declared)
        for name, entry in declared.items():
            steps += _steps(document, (section, name), entry, rows.get(name), faults)
    if faults:
        raise FaultyDocument(faults)
    others = Client.objects.exclude(client_id__in=list(entries["clients"])).order_by("client_id")
    return Plan(tuple(steps), tuple(others.values_list("client_id", flat=True)))


def _steps(
    document: Document, place: Place, entry: dict[str, Any], row: Any, faults: list[Fault]
) -> Iterator[Step]:
    section, name = str(place[0]), str(place[1])
    before = default_entry(section, name) if row is None else described(section, row)
    after = {**before, **entry}
    keys: Sequence[PastedKey] = ()
    if section == "clients":
        _join_scopes(after, entry)
        after["secrets"] = max(before["secrets"], after["secrets"])
        keys, key_faults = new_keys(document, place, entry.get("keys", ()), row)
        faults += [*key_faults, *_client_faults(document, place, entry, after)]
        before["keys"], after["keys"] = [], [key.kid for key in keys]
    changes = tuple(
        Change(key, before[key], after[key])
        for key in SECTIONS[section]
        if not is_same(key, before[key], after[key])
    )
    if row is None or changes:
        step = Step(section, name, row is None, changes, tuple(keys))
        faults += _value_faults(document, place, step, after, row)
        yield step


def _join_scopes(after: dict[str, Any], entry: Mapping[str, Any]) -> None:
    # Who makes a scope a default one means that it is not on request any more.
    for key, other in (("scopes", "optional_scopes"), ("optional_scopes", "scopes")):
        if key in entry and other not in entry:
            after[other] = [name for name in after[other] if name not in entry[key]]


def _client_faults(
    document: Document, place: Place, entry: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Fault]:
    if both := sorted({*entry.get("scopes", ())} & {*entry.get("optional_scopes", ())}):
        message = f"scopes names {', '.join(both)} as well: a scope is a default one, or is not."
        yield document.fault((*place, "optional_scopes"), message)
    if entry.get("secrets") and not {*protocol.SECRET_METHODS}.intersection(after["auth_methods"]):
        message = "A secret is of no use: none of its auth_methods takes one."
        yield document.fault((*place, "secrets"), message)
    seen = set()
    for index, identity in enumerate(entry.get("workload_identities", ())):
        inner = (*place, "workload_identities", index)
        named = (identity["issuer"], identity["subject"])
        if named in seen:
            yield document.fault(inner, "This issuer and subject are there twice.")
        seen.add(named)
        shown = WorkloadIdentity(subject=named[1], conditions=identity["conditions"])
        yield from _refusals(document, inner, shown, exclude=("issuer", "client"))


def _value_faults(
    document: Document, place: Place, step: Step, after: Mapping[str, Any], row: Any
) -> Iterator[Fault]:
    section, name = step.section, step.name
    model, field_name = NAMED_BY[section]
    changed = model(**{field_name: name}) if row is None else row
    set_values(changed, after if row is None else step.values)
    yield from _refusals(document, place, changed, exclude=_RELATIONS, named_by=field_name)
    if step.values.get("token_format") == TokenFormat.JWT and not m2m_settings.ISSUER:
        message = "A signed token says who issued it: set ISSUER in OAUTH_M2M first."
        yield document.fault((*place, "token_format"), message)


def _refusals(
    document: Document, place: Place, row: Any, *, exclude: Sequence[str], named_by: str = ""
) -> Iterator[Fault]:
    for check in (lambda: row.clean_fields(exclude=exclude), row.clean):
        try:
            check()
        except ValidationError as error:
            for field_name, messages in error.message_dict.items():
                inner = place if field_name == named_by else (*place, field_name)
                for message in messages:
                    yield document.fault(inner, str(message))
