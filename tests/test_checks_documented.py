"""docs/reference/checks.md explains each id that the checks can report, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "checks.md"
ID = re.compile(r"oauth_m2m\.[EW]\d{3}")


def test_page_and_code_have_the_same_ids():
    in_code = {
        found
        for path in (ROOT / "oauth_m2m").rglob("*.py")
        for found in ID.findall(path.read_text())
    }
    assert in_code
    assert set(ID.findall(PAGE.read_text())) == in_code
