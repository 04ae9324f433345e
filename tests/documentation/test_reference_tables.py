"""Tables of ``docs/reference`` that are held to the code as a whole."""

import re

import pytest
from django.utils.module_loading import import_string

from oauth_m2m.checks import _DATABASE_CHECKS, _DEPLOYMENT_CHECKS
from oauth_m2m.reasons import Reason
from oauth_m2m.setting_defaults import DEFAULTS
from oauth_m2m.urls import urlpatterns
from tests.documentation import reasons
from tests.documentation.pages import DOCS

REFERENCE = DOCS / "reference"


def test_reasons_are_those_of_the_code():
    assert reasons.PAGE.read_text() == reasons.written(), (
        "run: python -m tests.documentation.reasons"
    )


def test_each_reason_is_on_the_page_once():
    named = re.findall(r"^\| `(\w+)`", reasons.PAGE.read_text(), re.MULTILINE)
    assert sorted(named) == sorted(reason.value for reason in Reason)


def test_each_check_has_one_row_and_they_are_in_order():
    page = (REFERENCE / "checks.md").read_text()
    ids = re.findall(r"^\| `(oauth_m2m\.[EW]\d{3})`", page, re.MULTILINE)
    assert ids == sorted(set(ids))


def test_each_setting_has_one_section():
    headings = re.findall(r"^## `(\w+)`$", (REFERENCE / "settings.md").read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(DEFAULTS)


def test_each_setting_is_in_the_table_of_subjects_once():
    table = (REFERENCE / "settings.md").read_text().partition("| about |")[2].partition("\n\n")[0]
    linked = re.findall(r"\[`(\w+)`\]\(#(\w+)\)", table)
    assert sorted(name for name, _ in linked) == sorted(DEFAULTS)
    assert all(anchor == name.lower() for name, anchor in linked)


def test_each_endpoint_is_on_the_page_with_its_path_and_name():
    page = (REFERENCE / "endpoints.md").read_text().replace("\n(", " (")
    shown = re.findall(r"`(?:GET |POST )?(/[\w./-]+)`.*?(?:name |\| )`(?:oauth_m2m:)?(\w+)`", page)
    # A part of the path that the caller fills in is shown in capitals.
    real = {
        (re.sub(r"<\w+:(\w+)>", lambda found: found[1].upper(), f"/{url.pattern}"), url.name)
        for url in urlpatterns
        if url.name
    }
    assert real <= set(shown)
    names = {name for _, name in real}
    assert {(path, name) for path, name in shown if name in names} == real


def ids_said_by(checks: tuple[str, ...]) -> set[str]:
    docstrings = [import_string(f"oauth_m2m.checks.{name}").__doc__ for name in checks]
    return {found for text in docstrings for found in re.findall(r"[EW]\d{3}", text)}


@pytest.mark.parametrize(
    "flag, checks",
    [
        pytest.param("--deploy", _DEPLOYMENT_CHECKS, id="deployment"),
        pytest.param("--database default", _DATABASE_CHECKS, id="database"),
    ],
)
def test_checks_that_need_a_flag_say_so(flag: str, checks: tuple[str, ...]):
    page = (REFERENCE / "checks.md").read_text()
    marked = re.findall(rf"^\| `oauth_m2m\.([EW]\d+)` \| `{flag}`: ", page, re.MULTILINE)
    assert set(marked) == ids_said_by(checks)
