import os
from argparse import ArgumentParser
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from oauth_m2m.management.base import M2MCommand, add_client_id, add_reason, refused
from oauth_m2m.models import Client


class Command(M2MCommand):
    """A command of no use: its module is called test_base."""

    def handle(self, **options):
        self.show(options, {"name": "Müller"}, ["Hello", "Müller \x1b[31mred\x1b[0m\r\nbell\x07"])


def printed(*words: str) -> str:
    out = StringIO()
    call_command(Command(), *words, stdout=out)
    return out.getvalue()


def test_people_read_lines_that_cannot_command_their_terminal():
    assert printed() == "Hello\nMüller ?[31mred?[0m??bell?\n"


def test_a_name_that_the_terminal_cannot_show_does_not_stop_the_output():
    out = TextIOWrapper(BytesIO(), encoding="ascii")
    call_command(Command(), stdout=out)
    out.seek(0)
    assert out.read() == "Hello\nM\\xfcller ?[31mred?[0m??bell?\n"


def test_programs_read_one_json_value_in_ascii():
    assert printed("--json") == '{"name": "M\\u00fcller"}\n'


def test_actor_is_the_command_and_the_systems_user(monkeypatch):
    monkeypatch.setenv("LOGNAME", "olga")
    actor = Command().actor
    assert (actor.name, actor.user, actor.address) == ("test_base (olga)", None, None)


def test_actor_without_a_name_is_a_number(monkeypatch):
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert Command().actor.name == "test_base (user 4000000000)"


def test_actor_fits_into_its_column(monkeypatch):
    monkeypatch.setenv("LOGNAME", "o" * 300)
    assert len(Command().actor.name) == 255


def test_shared_arguments():
    parser = ArgumentParser()
    add_client_id(parser)
    add_reason(parser)
    assert vars(parser.parse_args(["billing"])) == {"client_id": "billing", "reason": ""}
    options = parser.parse_args(["billing", "--reason", "left us"])
    assert options.reason == "left us"


def test_refused_fields_are_named_by_their_flags():
    with pytest.raises(ValidationError) as caught:
        Client(name="", rate_limit="often").clean_fields()
    assert str(refused(caught.value, {"rate_limit": "--rate-limit"})) == (
        "name: This field cannot be blank.\n"
        "--rate-limit: often is not a rate. Write it like 10/s, 100/min, 1000/h or 5000/day.\n"
        "Nothing was changed."
    )


def test_missing_tables_end_in_a_sentence_without_a_trace(manage_without_tables):
    output = manage_without_tables("m2m_list_clients", "--json")
    assert (output.status, output.stdout) == (1, "")
    assert output.stderr == (
        "CommandError: The database refused: no such table: oauth_m2m_client. Is it reachable, and"
        ' did "python manage.py migrate" run?\n'
    )
