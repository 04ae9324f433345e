"""The guide to registering a client says what the kit and the command do."""

import re
import shlex
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from oauth_m2m.admin.scope_grants import MANY
from oauth_m2m.models import Client
from oauth_m2m.operations.connect_kit import connect_kit, dotenv_file
from tests.strange_connections import PLAIN

GUIDE = (Path(__file__).parent.parent / "docs/guides/register-a-client.md").read_text()


def test_guide_names_the_variables_of_the_kit():
    [block] = re.findall(r"```\n(OAUTH_.*?)```", GUIDE, flags=re.DOTALL)
    text = dotenv_file(replace(PLAIN, scope="a"))
    assert block.split() == re.findall(r"^(\w+)=", text, flags=re.MULTILINE)


def test_guide_names_the_texts_of_the_kit():
    table = GUIDE.split("| text | use it by |")[1]
    named = re.findall(r"^\| `?([^|`]+?)`? \|", table, flags=re.MULTILINE)
    assert named == [snippet.title for snippet in connect_kit(PLAIN)]


def test_guide_says_when_the_filter_appears():
    assert MANY == 12
    assert "more than twelve scopes" in GUIDE


@pytest.mark.django_db
def test_command_of_the_guide_is_accepted():
    [line] = re.findall(r"python manage\.py (m2m_create_client.*)", GUIDE)
    call_command(*shlex.split(line), stdout=StringIO())
    assert Client.objects.get().name == "Warehouse robot"
