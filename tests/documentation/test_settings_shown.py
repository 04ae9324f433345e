"""Each ``OAUTH_M2M`` that a page shows is one that the checks accept: its keys and its values."""

import ast
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks

from tests.documentation.pages import Block, all_blocks

BLOCKS = [
    block
    for block in all_blocks()
    if block.language == "python" and "\nOAUTH_M2M = " in "\n" + block.text
]
# Complaints about what only the reader has: a module of the project, files of a vault.
OF_THE_READER = ("'PRINCIPAL'", "'SIGNING_KEYS'", "'client_secret_file' names no file")


class Environment(dict[str, str]):
    """Variables of the environment: each is set."""

    def __missing__(self, name: str) -> str:
        return f"a long random string: {name}"


def settings_shown(block: Block) -> dict[str, Any]:
    """Return the settings that *block* writes."""
    settings: dict[str, Any] = {}
    known = {"timedelta": timedelta, "environ": Environment()}
    for node in ast.parse(block.text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).isupper():
            exec(ast.unparse(node).replace("os.environ", "environ"), known, settings)  # noqa: S102 - our own pages
            known |= settings
    return settings


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_checks_find_nothing_wrong(block: Block, settings):
    shown = settings_shown(block)
    settings.OAUTH_M2M = shown["OAUTH_M2M"]
    settings.MIDDLEWARE = shown.get("MIDDLEWARE", settings.MIDDLEWARE)
    wrong = [message for message in run_checks() if message.id.startswith("oauth_m2m.E")]
    assert [each for each in wrong if not any(part in each.msg for part in OF_THE_READER)] == []
