"""The code in ``docs/guides``, as people copy it."""

import re
import shlex
from pathlib import Path

GUIDES = Path(__file__).parent.parent / "docs" / "guides"


def blocks(guide: str, language: str = "") -> list[str]:
    """Return the blocks of *guide* in *language*, as they stand there."""
    text = (GUIDES / f"{guide}.md").read_text()
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for kind, block in found if kind == language]


def command(block: str) -> list[str]:
    """Return the words behind ``python manage.py`` in a *block* that is one command."""
    # shlex takes the end of a continued line for a word.
    python, manage, *words = shlex.split(block.replace("\\\n", ""))
    assert (python, manage) == ("python", "manage.py")
    return words


def changed(text: str, changes: dict[str, str]) -> str:
    """Return *text* with each old text, which must be there, replaced by its new one."""
    for old, new in changes.items():
        assert old in text, f"the guide does not say {old} any more"
        text = text.replace(old, new)
    return text
