"""Our transactions are in our database: here the default, and in a process of its own another."""

import re
from pathlib import Path

import pytest
from django.db import connection

from oauth_m2m.models import Scope
from oauth_m2m.models.transactions import our_transaction
from tests.test_installation import Site

PACKAGE = Path(__file__).parents[2] / "oauth_m2m"


@pytest.mark.django_db
def test_what_fails_leaves_nothing():
    @our_transaction()
    def fail_halfway() -> None:
        Scope.objects.create(name="half:done")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert not Scope.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_function_is_a_transaction_each_time_it_is_called():
    @our_transaction()
    def deed() -> bool:
        return connection.in_atomic_block

    assert [deed(), connection.in_atomic_block, deed()] == [True, False, True]


def test_site_with_a_router_has_its_transactions_where_our_tables_are(tmp_path: Path):
    site = Site("two_databases", tmp_path)
    site.run("django", "migrate", "--verbosity=0")
    site.run("django", "migrate", "--verbosity=0", "--database=machines")
    told = site.tell("routed_call")
    before, after = told.pop("halfway")
    assert before == after > 0
    assert told == {
        "statuses": [200, 200, 401],
        "in_transaction_while_issuing": [],
        "held": ["machines"],
        "counted": True,
        "sealed": True,
        "tables": {"default": False, "machines": True},
    }


BARE = re.compile(r"\btransaction\.(atomic(?!\(using=)|non_atomic_requests)")


def test_no_transaction_is_in_the_default_database_unasked():
    # Use our_transaction(), or name the database; and outside_transactions for a view.
    bare = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in path.read_text().splitlines()
        if BARE.search(line)
    ]
    assert bare == []
