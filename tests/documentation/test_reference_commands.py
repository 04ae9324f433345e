"""``docs/reference/commands.md`` has each command with all of its options, as ``--help`` says."""

import re

import pytest
from django.core.management import get_commands

from tests.documentation.options import PAGE, own_actions, table, written

OURS = sorted(name for name in get_commands() if name.startswith("m2m_"))
SECTIONS = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]


def section_of(name: str) -> str:
    heading = re.compile(rf".*`{name}[` ]")
    [found] = [section for section in SECTIONS if heading.match(section)]
    return found


def test_tables_are_those_that_the_commands_give():
    assert PAGE.read_text() == written(), "run: python -m tests.documentation.options"


@pytest.mark.parametrize("name", OURS)
def test_each_command_has_a_section_with_its_options(name: str):
    section = section_of(name)
    assert not own_actions(name) or table(name) in section


@pytest.mark.parametrize("name", OURS)
def test_heading_names_the_arguments_that_have_no_flag(name: str):
    [shown] = re.findall(rf"`{name}([^`]*)`", section_of(name).partition("\n")[0])
    arguments = [str(action.metavar) for action in own_actions(name) if not action.option_strings]
    assert re.findall(r"[A-Z_]+", shown) == arguments


def test_page_names_no_other_command():
    headings = [section.partition("\n")[0] for section in SECTIONS]
    assert sorted(re.findall(r"`(m2m_\w+)", " ".join(headings))) == OURS
