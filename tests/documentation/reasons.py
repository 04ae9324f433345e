"""
Write ``docs/reference/reasons.md`` from the reasons and from what the admin says of each.

``python -m tests.documentation.reasons`` writes it; ``test_reference_tables.py`` holds it.
"""

import os
from collections.abc import Mapping
from types import ModuleType
from typing import Final

import django
from django.utils.translation import override

from oauth_m2m.reasons import Reason
from tests.documentation.options import marked_up
from tests.documentation.pages import DOCS

PAGE: Final = DOCS / "reference" / "reasons.md"
INTRODUCTION: Final = """\
# Reasons of refusals

Whoever is refused hears an error of the RFC and an `error_id`. The reason is in the
[audit trail](audit-kinds.md) and in the [log](logs.md), and the admin
[finds it by that id](../guides/overview.md#why-was-it-refused) and says what this page says.
A reason marked with \u00b9 is told to the caller too, in `error_description`, in words of its own:
it says nothing that helps to guess.

Generated from the code by `python -m tests.documentation.reasons`."""


def sections() -> Mapping[str, ModuleType]:
    """Return the tables of reasons by what they are about."""
    # Their words are Django's, which has to be set up before.
    from oauth_m2m.admin.reason_words import clients, keys, requests, tokens  # noqa: PLC0415

    return {
        "The request": requests,
        "The client and its secret": clients,
        "Assertions, keys and certificates": keys,
        "Tokens at APIs": tokens,
    }


def row(reason: Reason, what: str, next_step: str) -> str:
    """Return the line of one reason."""
    mark = "\u00b9" if reason.public else ""
    return f"| `{reason.value}`{mark} | {marked_up(what)} | {marked_up(next_step)} |"


def written() -> str:
    """Return the page as it must be."""
    parts = [INTRODUCTION]
    with override("en"):
        for title, module in sections().items():
            parts.append(
                f"\n## {title}\n\n| reason | what was wrong | what to do next |\n|---|---|---|"
            )
            parts += [
                row(reason, str(words.what), str(words.next_step))
                for reason, words in module.WORDS.items()
            ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
    django.setup()
    PAGE.write_text(written())
