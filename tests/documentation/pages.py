"""The pages of the documentation, and the blocks of code on them."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code: where it stands, what the page says it is, and its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def all_blocks() -> list[Block]:
    """Return every block of every page."""
    return [
        Block(
            str(path.relative_to(ROOT)),
            path.read_text()[: found.start()].count("\n") + 1,
            found[2],
            textwrap.dedent(found[3]),
        )
        for path in PAGES
        for found in FENCE.finditer(path.read_text())
    ]
