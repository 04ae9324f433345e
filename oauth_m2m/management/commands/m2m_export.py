"""Write a file that declares what the database has."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.declared_files import FORMATS
from oauth_m2m.management.lookups import client_with_id
from oauth_m2m.operations.declarative.exporting import export_rows
from oauth_m2m.operations.declarative.toml_text import write_toml
from oauth_m2m.operations.declarative.yaml_text import YamlMissing, write_yaml


class Command(M2MCommand):
    """The file has no secrets: it says of a client that it has one, never which."""

    help = "Print the file that m2m_apply would need to make what is here now; without secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which clients, and in which form."""
        super().add_arguments(parser)
        parser.add_argument(
            "client_ids",
            nargs="*",
            metavar="CLIENT_ID",
            help="Only these clients, and what they name. Default: everything.",
        )
        parser.add_argument("--format", choices=FORMATS, default="toml", help="Default: toml.")

    def handle(self, **options: Any) -> None:
        """Print the file."""
        for client_id in options["client_ids"]:
            client_with_id(client_id)
        content = export_rows(options["client_ids"])
        if options["json"]:
            self.show(options, content, ())
            return
        try:
            text = (write_yaml if options["format"] == "yaml" else write_toml)(content)
            # As it is: show() puts a ? in the place of what a terminal should not see, and the
            # two forms have escaped that already.
            self.stdout.write(text, ending="")
        except YamlMissing as error:
            raise CommandError(str(error)) from None
        except UnicodeEncodeError:
            message = "Standard output takes ASCII only: set PYTHONIOENCODING=utf-8 and run again."
            raise CommandError(message) from None
