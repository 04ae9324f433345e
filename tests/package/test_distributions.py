"""What is in the sdist and the wheel: all that the app needs at run time, and no tests."""

import re
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "oauth_m2m"
SOURCES = {
    str(PurePosixPath(path.relative_to(ROOT)))
    for path in PACKAGE.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
# What a build that knows only Python would leave out.
DATA = {
    "the mark of typed packages": r"py\.typed",
    "templates": r"templates/admin/oauth_m2m/.+\.html",
    "static files": r"static/oauth_m2m/.+\.(css|js)",
    "migrations": r"migrations/0001_initial\.py",
}


@pytest.fixture
def in_wheel(distributions) -> set[str]:
    with zipfile.ZipFile(distributions[1]) as wheel:
        return set(wheel.namelist())


@pytest.fixture
def in_sdist(distributions) -> set[str]:
    with tarfile.open(distributions[0]) as sdist:
        files = [member.name for member in sdist.getmembers() if member.isfile()]
    return {name.split("/", 1)[1] for name in files}


@pytest.fixture
def metadata(distributions) -> Message:
    with zipfile.ZipFile(distributions[1]) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(wheel.read(name).decode())


def test_wheel_has_the_app_and_nothing_else(in_wheel):
    assert {name for name in in_wheel if ".dist-info/" not in name} == SOURCES


def test_sdist_has_the_app_and_what_builds_it(in_sdist):
    beside = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert in_sdist == SOURCES | beside


@pytest.mark.parametrize("pattern", DATA.values(), ids=DATA.keys())
def test_wheel_carries(in_wheel, pattern: str):
    assert any(re.fullmatch(f"oauth_m2m/{pattern}", name) for name in in_wheel)


def test_each_translation_is_compiled_in_the_wheel(in_wheel):
    texts = {name for name in in_wheel if name.endswith(".po")}
    assert {name.removesuffix(".po") + ".mo" for name in texts} <= in_wheel


def test_wheel_says_its_licence_and_its_versions(metadata: Message):
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"


def test_extras_are_those_of_the_quickstart(metadata: Message):
    page = (ROOT / "docs" / "quickstart.md").read_text()
    assert set(re.findall(r"`django-oauth-m2m\[(\w+)\]`", page)) == set(
        metadata.get_all("Provides-Extra")
    )
