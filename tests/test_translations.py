"""The German catalogue: as complete as the code, with the same placeholders, and compiled."""

import gettext
import os
import re
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.core.management import call_command

import oauth_m2m

PACKAGE = Path(oauth_m2m.__file__).parent
SOURCE = Path("locale/de/LC_MESSAGES/django.po")
# What the values of a sentence stand in: %s, %d, %g, %(name)s, {{ name }} of Postman, and elements.
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdg]|\{\{\w+\}\}|</?\w+>")


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def german() -> list[Message]:
    return [message for message in catalogue(PACKAGE / SOURCE) if message.id]


def forms(words) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package that makemessages may write to."""
    if shutil.which("xgettext") is None:
        assert os.environ.get("CI") != "true", "CI has to install gettext"
        pytest.skip("xgettext is missing: apt-get install gettext")
    shutil.copytree(
        PACKAGE, tmp_path / "oauth_m2m", ignore=shutil.ignore_patterns("__pycache__", "*.mo")
    )
    monkeypatch.chdir(tmp_path / "oauth_m2m")
    return tmp_path / "oauth_m2m"


def test_each_string_of_the_code_is_in_the_catalogue_and_no_other(copied: Path):
    call_command("makemessages", locale=["de"], no_obsolete=True, verbosity=0)
    made = catalogue(copied / SOURCE)
    assert {message.id for message in made} == {
        message.id for message in catalogue(PACKAGE / SOURCE)
    }
    assert [message.id for message in made if message.fuzzy and message.id] == []


def test_strings_are_marked_by_names_that_makemessages_looks_for():
    # It finds no string that is marked by another name: not `gettext as say`.
    imports = re.compile(r"^from django\.utils\.translation import \w+ as (\w+)$", re.MULTILINE)
    named = {
        name: found
        for path in PACKAGE.rglob("*.py")
        for name in [path.relative_to(PACKAGE).as_posix()]
        if (found := set(imports.findall(path.read_text())) - {"_"})
    }
    assert named == {}


def test_each_string_has_a_german_one():
    messages = german()
    assert len(messages) > 700
    assert [message.id for message in messages if message.fuzzy] == []
    assert [message.id for message in messages if not all(forms(message.string))] == []
    assert [
        message.id for message in messages if len(forms(message.id)) != len(forms(message.string))
    ] == []


def test_placeholders_are_those_of_the_code():
    def found(words: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(words))

    different = [
        (source, target)
        for message in german()
        for source, target in zip(forms(message.id), forms(message.string), strict=True)
        if found(source) != found(target)
    ]
    assert different == []


def test_placeholders_are_found():
    words = "%s %d %(name)s %%(shown)s {{scope}} <code>x</code> 100 % sure"
    assert PLACEHOLDER.findall(words) == [
        "%s", "%d", "%(name)s", "%(shown)s", "{{scope}}", "<code>", "</code>",
    ]  # fmt: skip


def test_compiled_catalogue_is_that_of_the_source():
    with (PACKAGE / SOURCE.with_suffix(".mo")).open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    stale = []
    for message in german():
        first, *more = forms(message.id)
        got = (
            tuple(compiled.ngettext(first, more[0], number) for number in (1, 2))
            if more
            else (compiled.gettext(first),)
        )
        if got != forms(message.string):
            stale.append(message.id)
    assert stale == []
