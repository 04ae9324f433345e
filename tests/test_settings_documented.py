"""docs/reference/settings.md has each setting with its default, and no other."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oauth_m2m.setting_defaults import DEFAULTS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"
ENTRY = re.compile(r"^## `(\w+)`\n\nDefault: `(.+)`\n\n(\S.+)", re.MULTILINE)


def documented() -> dict[str, tuple[str, str]]:
    return {key: (default, meaning) for key, default, meaning in ENTRY.findall(PAGE.read_text())}


def as_written(value: Any) -> str:
    if isinstance(value, timedelta):
        hours, rest = divmod(value, timedelta(hours=1))
        return (
            f"timedelta(minutes={rest // timedelta(minutes=1)})"
            if rest
            else f"timedelta(hours={hours})"
        )
    if isinstance(value, Mapping):
        return repr(dict(value))
    return str(list(value)) if isinstance(value, tuple) else repr(value)


def test_page_has_the_settings_that_exist():
    assert documented().keys() == DEFAULTS.keys()


@pytest.mark.parametrize("key", DEFAULTS)
def test_default_is_the_documented_one(key: str):
    default, meaning = documented()[key]
    assert default.replace('"', "'") == as_written(DEFAULTS[key])
    assert len(meaning) > 20
