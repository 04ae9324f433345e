"""Write the audit trail as JSON lines, for other systems."""

import os
import sys
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from oauth_m2m.audit_kinds import AUDIT_KINDS
from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.lookups import near_matches, quoted
from oauth_m2m.management.typed_values import any_moment
from oauth_m2m.operations.audit_records import Position, lines, position_after

_LARGEST_ID: Final = 9_223_372_036_854_775_807


class Command(M2MCommand):
    """Changes nothing; each row is a line, so it can be read while it is written."""

    help = "Write the audit trail to standard output, a JSON object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to leave out; not --json, because it is JSON already."""
        parser.add_argument(
            "--since",
            metavar="DATE",
            help="Only rows from this date or time on, such as 2026-01-31 or 2026-01-31T18:00, in"
            " the current time zone unless it names one.",
        )
        parser.add_argument("--until", metavar="DATE", help="Only rows before this date or time.")
        parser.add_argument(
            "--kind",
            action="append",
            default=[],
            metavar="KIND",
            help="Only rows of this kind, such as secret.rotated; repeatable.",
        )
        parser.add_argument(
            "--client", default="", metavar="CLIENT_ID", help="Only rows of this client."
        )
        parser.add_argument(
            "--after",
            metavar="ID",
            help="Only rows that were sealed after the row with this id, in that order: with the"
            " id of the last line that you have, no row is missed. 0 is the beginning.",
        )

    def handle(self, **options: Any) -> None:
        """Write them."""
        since, until = (
            None if options[name] is None else any_moment(options[name], f"--{name}")
            for name in ("since", "until")
        )
        exported = lines(
            since=since,
            until=until,
            kinds=[_kind(kind) for kind in options["kind"]],
            client_id=options["client"],
            after=_position(options["after"]),
        )
        try:
            for line in exported:
                self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:
            # Python would try to write the rest once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            message = "The reader went away; not all rows were written."
            raise CommandError(message) from None


def _kind(kind: str) -> str:
    if kind in AUDIT_KINDS:
        return kind
    message = f"There is no kind {quoted(kind)}.{near_matches(kind, AUDIT_KINDS)}"
    raise CommandError(message)


def _position(value: object) -> Position | None:
    if value is None:
        return None
    number = int(str(value)) if str(value).isdecimal() else -1
    if not 0 <= number <= _LARGEST_ID:
        message = f"--after must be the id of a row, or 0, not {value}."
        raise CommandError(message)
    position = position_after(number)
    if position is None:
        message = (
            f"No sealed row has the id {number}. Run m2m_seal_audit first, or begin with --after 0."
        )
        raise CommandError(message)
    return position
