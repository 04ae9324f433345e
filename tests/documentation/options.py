"""
Write the tables of options in ``docs/reference/commands.md`` from the commands themselves.

``python -m tests.documentation.options`` writes them; ``test_reference_commands.py`` holds them.
"""

import argparse
import os
import re
from typing import Final

import django
from django.core.management import BaseCommand, load_command_class

from oauth_m2m.setting_defaults import DEFAULTS
from tests.documentation.pages import DOCS

PAGE: Final = DOCS / "reference" / "commands.md"
# A table stands between two comments, which no reader sees.
TABLE: Final = re.compile(r"(<!-- options of (m2m_[a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)

NAME: Final = re.compile(r"(?<![\w-])(?:--[a-z][\w-]+|[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+)")


def own_actions(name: str) -> list[argparse.Action]:
    """Return the arguments of a command but those that each command has."""
    parser = load_command_class("oauth_m2m", name).create_parser("manage.py", name)
    shared = {*BaseCommand().create_parser("manage.py", "")._option_string_actions, "--json"}
    return [
        action
        for action in parser._actions
        if not set(action.option_strings) & shared and action.help
    ]


def table(name: str) -> str:
    """Return the table of a command."""
    formatter = argparse.HelpFormatter("")
    rows = [
        (formatter._format_action_invocation(action), formatter._expand_help(action))
        for action in own_actions(name)
    ]
    lines = [f"| `{form}` | {marked_up(text)} |" for form, text in rows]
    return "\n".join(["", "| option | meaning |", "|---|---|", *lines, "", ""])


def marked_up(text: str) -> str:
    """Return a help text with its names as code, and its settings as links."""

    def as_code(found: re.Match[str]) -> str:
        link = f"(settings.md#{found[0].lower()})" if found[0] in DEFAULTS else ""
        return f"[`{found[0]}`]{link}" if link else f"`{found[0]}`"

    return NAME.sub(as_code, text)


def written() -> str:
    """Return the page as it must be."""
    return TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], PAGE.read_text())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
    django.setup()
    PAGE.write_text(written())
