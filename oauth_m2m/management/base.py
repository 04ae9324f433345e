"""What every command shares: ``--json``, ``--reason``, who did it, and how it is printed."""

import getpass
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from oauth_m2m.values import Actor

__all__ = ["M2MCommand", "add_client_id", "add_reason", "refused"]


class M2MCommand(BaseCommand):
    """A command that prints text for people or, with ``--json``, one value for programs."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what all of them take."""
        parser.add_argument(
            "--json", action="store_true", help="Print JSON for programs instead of text."
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; a database that is away or empty ends in a sentence, not a trace."""
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            # The first line only: the next ones show the statement with its parameters.
            what, _, _ = str(error).partition("\n")
            message = (
                f"The database refused: {what}. Is it reachable, and did"
                ' "python manage.py migrate" run?'
            )
            raise CommandError(message) from error

    @property
    def actor(self) -> Actor:
        """Whom the audit trail names: the command, and the system's user who runs it."""
        command = type(self).__module__.rpartition(".")[2]
        return Actor(f"{command} ({_system_user()})"[:255])

    def show(self, options: Mapping[str, Any], data: object, lines: Iterable[str]) -> None:
        """Print *data* as JSON if that was asked for, else *lines*."""
        if options["json"]:
            self.stdout.write(json.dumps(data))
            return
        for line in lines:
            # A client's name is what somebody typed: it must not send the terminal commands.
            self._print("".join(char if char.isprintable() else "?" for char in line))

    def _print(self, line: str) -> None:
        try:
            self.stdout.write(line)
        except UnicodeEncodeError:
            # A trace here would lose the secret that is on one of the next lines.
            self.stdout.write(line.encode("ascii", "backslashreplace").decode())


def add_client_id(parser: CommandParser) -> None:
    """Add the argument of a command that is about one client."""
    parser.add_argument(
        "client_id", metavar="CLIENT_ID", help="The client's id, as m2m_list_clients shows it."
    )


def add_reason(parser: CommandParser) -> None:
    """Add the flag of a command that somebody may be asked about later."""
    parser.add_argument(
        "--reason",
        default="",
        metavar="TEXT",
        help="Why, for the audit trail; its first 255 characters are kept.",
    )


def refused(error: ValidationError, flags: Mapping[str, str]) -> CommandError:
    """Return the error that names, for each refused field, the flag that it came from."""
    problems = [
        f"{flags.get(field, field)}: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    ]
    return CommandError("\n".join([*problems, "Nothing was changed."]))


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        # A container often runs under a number that has no name.
        return f"user {os.getuid()}"
