"""A client where code expects a row of the user table: always a sentence, never a row."""

import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, transaction

from example_project.models import Order
from oauth_m2m.resource_server import ClientPrincipal
from oauth_m2m.resource_server.no_user_row import PrincipalKey
from tests.host.user_habits import HABITS, QUERIES, READS
from tests.test_installation import Site

ADVICE = (
    "is an OAuth client without a service account: it is no row of the user table. Give the"
    " client a service account if this code needs a user."
)
NAMELESS = {"assign a foreign key", "create with a foreign key"}


def kind_of(habit: str) -> str:
    if habit in READS or habit.startswith(("set ", "log in", "note ")):
        return "AttributeError"
    return "ValueError" if habit in NAMELESS else "TypeError"


@pytest.fixture
def namesake(db: None) -> ClientPrincipal:
    """A client whose id and name are the key of a person who has rows."""
    person = get_user_model().objects.create_user("person")
    LogEntry.objects.create(user=person, action_flag=CHANGE, object_repr="theirs")
    return ClientPrincipal(str(person.pk), str(person.pk))


@pytest.mark.parametrize("habit", HABITS)
def test_habit_ends_in_a_sentence_that_says_what_to_do(habit: str, namesake: ClientPrincipal):
    with pytest.raises((AttributeError, TypeError, ValueError)) as caught, transaction.atomic():
        HABITS[habit](namesake)
    assert ADVICE in str(caught.value)
    assert caught.type.__name__ == kind_of(habit)
    assert (LogEntry.objects.count(), Order.objects.count()) == (1, 0)


def test_habits_end_so_in_a_site_with_a_user_model_of_its_own(tmp_path: Path):
    site = Site("custom_user", tmp_path)
    site.run("django", "migrate", "--verbosity=0")
    told = site.tell("user_habits")
    assert told.pop("rows") == [1, 0]
    assert told.pop("rows found by a set") == 0
    assert told.pop("without groups") == [False, False, False, True]
    assert told.pop("with a group") == [True, False, True, True]
    assert told.pop("service account") == [201, "robot", 401]
    assert {habit: kind for habit, (kind, _) in told.items()} == {
        habit: kind_of(habit) for habit in HABITS
    }
    assert [said for _, said in told.values() if ADVICE not in said] == []


def test_people_have_the_habits_that_are_refused_to_clients(db: None):
    # Else the table would hold for habits that nobody can have.
    person = get_user_model().objects.create_user("person")
    found = LogEntry.objects.create(user=person, action_flag=CHANGE, object_repr="theirs")
    not_of_people = {"find the row by the user"}
    finding_nothing = {"update a relation", "update a key", "exclude the user"}
    for habit in QUERIES.keys() - not_of_people - finding_nothing:
        assert QUERIES[habit](person), habit
    LogEntry.objects.update(user=person)
    assert LogEntry.objects.get() == found


@pytest.mark.parametrize(
    "habit",
    [
        pytest.param(lambda user: LogEntry.objects.filter(user__in={user}), id="a set of users"),
        pytest.param(lambda user: Group.objects.get().user_set.set([user]), id="members"),
    ],
)
def test_number_is_not_made_of_a_client(habit, namesake: ClientPrincipal):
    Group.objects.create(name="a group")
    with pytest.raises(TypeError) as caught:
        list(habit(namesake))
    assert ADVICE in str(caught.value)


def test_sentences_are_whole():
    principal = ClientPrincipal("billing")
    with pytest.raises(AttributeError) as caught:
        _ = principal.email
    assert str(caught.value) == f"A ClientPrincipal has no 'email': billing {ADVICE}"
    with pytest.raises(AttributeError) as caught:
        principal.last_login = None
    assert str(caught.value) == f"Cannot set 'last_login' of a ClientPrincipal: billing {ADVICE}"
    with pytest.raises(AttributeError) as caught:
        del principal.client_id
    assert str(caught.value) == "Cannot delete 'client_id' of a ClientPrincipal."
    with pytest.raises(TypeError) as caught:
        principal.save()
    assert str(caught.value) == f"billing {ADVICE}"
    assert repr(principal) == f"<ClientPrincipal: billing {ADVICE}>"


def test_code_that_asks_first_is_answered():
    principal = ClientPrincipal("billing")
    assert not hasattr(principal, "email")
    assert getattr(principal, "department", "none") == "none"


def test_principal_can_be_copied_and_sent_to_another_process():
    principal = ClientPrincipal("billing", "Billing")
    for twin in (copy.copy(principal), copy.deepcopy(principal)):
        assert (twin, twin.name, twin.pk) == (principal, "Billing", "m2m:billing")
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer).pk)"
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {program}"],
        input=pickle.dumps(principal),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.host.settings_without_dot"},
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode() == "m2m:billing\n", done.stderr.decode()


def test_key_is_text_wherever_no_query_is_made(db: None):
    key = ClientPrincipal("billing").pk
    assert (key, hash(key), f"{key}") == ("m2m:billing", hash("m2m:billing"), "m2m:billing")
    assert json.dumps({"user": key}) == '{"user": "m2m:billing"}'
    assert type(str(key)) is str
    assert pickle.loads(pickle.dumps(key)) == key  # noqa: S301 - our own
    with connection.cursor() as cursor:
        cursor.execute("SELECT LENGTH(%s)", [PrincipalKey("m2m:billing")])
        assert cursor.fetchone() == (11,)


def test_text_of_a_principal_can_be_stored_and_found(db: None):
    principal = ClientPrincipal("billing", "Billing")
    for text in (str(principal), str(principal.pk), principal.username):
        order = Order.objects.create(article="tea", quantity=1, placed_by=text)
        assert order in Order.objects.filter(placed_by=text)
