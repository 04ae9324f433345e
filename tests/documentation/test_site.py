"""The documentation builds without a warning, and each page can be found."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documentation.pages import DOCS, PAGES, ROOT

CONFIGURATION = ROOT / ".mkdocs.yml"
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")


def leaves(entries: list[Any]) -> list[str]:
    """Return the pages of a navigation, in their order."""
    found = []
    for entry in entries:
        if isinstance(entry, str):
            found.append(entry)
        else:
            [value] = entry.values()
            found += leaves(value if isinstance(value, list) else [value])
    return found


def test_site_is_built_strictly(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", CONFIGURATION, "-d", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    front = (tmp_path / "index.html").read_text()
    assert "images/shown-once.png" in front
    # What a page loads comes with it.
    assert re.findall(r"<(?:script|img|link rel=.stylesheet.)[^>]+https?://", front) == []
    assert "Keep a Changelog" in (tmp_path / "changelog" / "index.html").read_text()


def test_navigation_leads_to_each_page_once():
    # Loaded as mkdocs does: a tag of its own would be a program.
    listed = leaves(yaml.safe_load(CONFIGURATION.read_text())["nav"])
    pages = [str(path.relative_to(DOCS)) for path in PAGES if path.is_relative_to(DOCS)]
    assert sorted(listed) == sorted(pages), "name each page once in the nav of .mkdocs.yml"


def test_readme_leads_to_each_page():
    readme = (ROOT / "README.md").read_text()
    # The first page of the site says what the README says, and the last is the changelog's file.
    elsewhere = {"docs/index.md", "docs/changelog.md"}
    pages = {str(path.relative_to(ROOT)) for path in DOCS.rglob("*.md")} - elsewhere
    assert set(re.findall(r"\((docs/[\w/-]+\.md)\)", readme)) == pages


def test_each_picture_is_shown_described_and_small():
    text = "".join(path.read_text() for path in PAGES)
    for path in (DOCS / "images").iterdir():
        described = re.findall(rf"!\[([^\]]*)\]\([./\w]*images/{path.name}\)", text)
        assert described, path.name
        assert all(len(words.split()) > 5 for words in described)
        assert path.stat().st_size < 150_000


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_page_links_to_are_there(path: Path):
    missing = [
        target for target in LINK.findall(path.read_text()) if not (path.parent / target).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("path", sorted((DOCS / "guides").glob("*.md")), ids=lambda path: path.name)
def test_each_guide_leads_on(path: Path):
    # At its end, where somebody who has read it looks for the next page.
    assert LINK.search(path.read_text()[-700:])
