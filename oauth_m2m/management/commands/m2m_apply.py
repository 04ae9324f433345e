"""Make the database say what a file declares."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError

from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.management.base import M2MCommand, refused
from oauth_m2m.management.declared_files import FORMATS, faulty, read_document
from oauth_m2m.management.typed_values import as_json, as_text
from oauth_m2m.models import Client
from oauth_m2m.operations.client_readiness import what_is_missing
from oauth_m2m.operations.declarative.applying import Applied, apply_document
from oauth_m2m.operations.declarative.document import FaultyDocument
from oauth_m2m.operations.declarative.planning import Change, Plan, Step, plan_document
from oauth_m2m.operations.endpoints import token_url

# 1 is refused, and 2 a wrong command line: a pipeline must not take either for a plan.
CHANGES_PLANNED: Final = 3
_LISTED: Final = 20
_NOUNS: Final = {
    "resource_servers": "resource server",
    "scopes": "scope",
    "trusted_issuers": "trusted issuer",
    "clients": "client",
}


class Command(M2MCommand):
    """One transaction: all of it, or nothing. Safe to run again and again."""

    help = "Make clients, scopes, resource servers and trusted issuers what a file declares."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and whether to look only."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="TOML or YAML; - is standard input.")
        parser.add_argument(
            "--plan",
            action="store_true",
            help="Show what would change, and change nothing. The exit status is"
            f" {CHANGES_PLANNED} when something would.",
        )
        parser.add_argument(
            "--format",
            choices=FORMATS,
            help="What the file is. Default: by the end of its name; standard input is TOML.",
        )

    def handle(self, **options: Any) -> None:
        """Apply the file, or show what that would do."""
        document = read_document(options["file"], options["format"])
        try:
            if options["plan"]:
                applied = Applied(plan_document(document), ())
            else:
                applied = apply_document(document, actor=self.actor)
        except FaultyDocument as error:
            raise faulty(error, options["file"]) from None
        except ValidationError as error:
            raise refused(ValidationError({"": error.messages}), {"": options["file"]}) from None
        except IntegrityError:
            message = (
                "Somebody else changed the same rows at this moment. Nothing was changed; run the"
                " command again."
            )
            raise CommandError(message) from None
        unready = {} if options["plan"] else _unready(applied.plan)
        data = _as_data(applied, unready, options)
        self.show(options, data, _as_lines(applied, unready, options))
        if options["plan"] and applied.plan.steps:
            raise SystemExit(CHANGES_PLANNED)


def _unready(plan: Plan) -> dict[str, list[str]]:
    names = [step.name for step in plan.steps if step.section == "clients"]
    clients = Client.objects.filter(client_id__in=names).order_by("client_id")
    missing = {client.client_id: what_is_missing(client) for client in clients}
    return {client_id: sentences for client_id, sentences in missing.items() if sentences}


def _as_data(
    applied: Applied, unready: Mapping[str, list[str]], options: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "plan": options["plan"],
        "changes": [_step_data(step) for step in applied.plan.steps],
        "secrets": [
            {
                "client_id": client.client_id,
                "client_secret": secret.clear_secret,
                "key_id": secret.key_id,
                "secret_expires_at": as_json(secret.expires_at),
            }
            for client, secret in applied.secrets
        ],
        "unready_clients": dict(unready),
        "clients_not_in_file": list(applied.plan.not_in_file),
        "token_url": token_url(),
    }


def _step_data(step: Step) -> dict[str, Any]:
    return {
        "kind": _NOUNS[step.section],
        "name": step.name,
        "action": "create" if step.is_new else "change",
        "values": {
            change.key: {"before": _shown(change, "before"), "after": _shown(change, "after")}
            for change in step.changes
        },
    }


def _shown(change: Change, when: str) -> Any:
    value = getattr(change, when)
    if change.key == "keys":
        # Half of all thumbprints look like a token; they are public.
        return value
    # A secret that somebody put into a description goes into no pipeline's log.
    return _redacted(value)


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {redact_credentials(key): _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return redact_credentials(value) if isinstance(value, str) else value


def _as_lines(
    applied: Applied, unready: Mapping[str, list[str]], options: Mapping[str, Any]
) -> Iterator[str]:
    plan = applied.plan
    for step in plan.steps:
        yield f"{'+' if step.is_new else '~'} {_NOUNS[step.section]} {step.name}"
        for change in step.changes:
            yield from (f"    {line}" for line in _difference(change, is_new=step.is_new))
    if plan.steps:
        yield ""
    yield _what_happened(plan, options)
    for client_id, sentences in unready.items():
        yield f"{client_id} does not work yet. {' '.join(sentences)}"
    if plan.not_in_file:
        yield f"Not in the file, and left alone: {_listed(plan.not_in_file)}."
    if applied.secrets:
        yield ""
        yield "New secrets. This is the only time that they are shown; keep them in a safe place."
    for client, secret in applied.secrets:
        yield ""
        yield f"{client.client_id}: key id {secret.key_id}; expires: {as_text(secret.expires_at)}."
        yield secret.clear_secret


def _difference(change: Change, *, is_new: bool) -> Iterator[str]:
    before, after = _shown(change, "before"), _shown(change, "after")
    if change.key == "secrets":
        # Their number in all: nobody has to know which.
        yield f"+ secrets: {after - before} new"
    elif isinstance(before, list) and isinstance(after, list):
        # The defaults of a new client were never there.
        gone = [] if is_new else [item for item in before if item not in after]
        yield from (f"- {change.key}: {_text(item)}" for item in gone)
        yield from (
            f"+ {change.key}: {_text(item)}" for item in after if is_new or item not in before
        )
    elif is_new:
        yield f"+ {change.key}: {_text(after)}"
    else:
        yield f"~ {change.key}: {_text(before)} -> {_text(after)}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _what_happened(plan: Plan, options: Mapping[str, Any]) -> str:
    if not plan.steps:
        return "Nothing to do."
    created = sum(step.is_new for step in plan.steps)
    changed = len(plan.steps) - created
    if options["plan"]:
        return f"Plan: {created} to create, {changed} to change. Nothing was changed."
    return f"Created {created}, changed {changed}."


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{', '.join(names[:_LISTED])}{more}"
