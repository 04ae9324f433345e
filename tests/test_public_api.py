"""What may be imported and what is documented are the same list."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "public-api.md"
ROW = re.compile(r"^\| (`oauth_m2m.*?`) \|", re.MULTILINE)
ENTRY = re.compile(r"`(oauth_m2m[.\w]*)\.(\w+)`")
PUBLIC_MODULES = (
    "oauth_m2m",
    "oauth_m2m.contrib.ninja",
    "oauth_m2m.contrib.opentelemetry",
    "oauth_m2m.contrib.spectacular",
    "oauth_m2m.resource_server",
    "oauth_m2m.rest_framework",
    "oauth_m2m.signals",
    "oauth_m2m.testing",
    "oauth_m2m.urls",
    "oauth_m2m.wsgi",
)


def documented() -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    rows = "".join(ROW.findall(PAGE.read_text()))
    for module, name in ENTRY.findall(rows):
        names.setdefault(module, set()).add(name)
    return names


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_exports_are_those_on_the_page(module: str):
    assert set(importlib.import_module(module).__all__) == documented()[module]


def test_page_names_no_other_module():
    assert set(documented()) == set(PUBLIC_MODULES)
