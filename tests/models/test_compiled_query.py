from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import NotSupportedError, close_old_connections, connection, transaction

from oauth_m2m.models import Client
from oauth_m2m.models.compiled_query import CompiledQuery

pytestmark = pytest.mark.django_db

MOMENT = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture
def clients():
    Client.objects.create(client_id="a", name="x", metadata={"n": [1]}, created_at=MOMENT)
    Client.objects.create(client_id="b", name="y", is_active=False)


def test_rows_have_python_values(clients):
    query = CompiledQuery(
        lambda client_id: Client.objects.filter(client_id=client_id).values_list(
            "client_id", "is_active", "metadata", "created_at", "token_lifetime"
        ),
        parameters=1,
    )
    assert query.fetch("default", "a") == [["a", True, {"n": [1]}, MOMENT, None]]
    assert query.fetch("default", "b")[0][:3] == ["b", False, {}]
    assert query.fetch("default", "c") == []


def test_parameters_are_told_apart_and_may_be_used_twice(clients):
    def build(one: str, two: str):
        rows = Client.objects.exclude(name__in=[two, one]).filter(client_id__in=[one, two, "b"])
        return rows.order_by("client_id").values_list("client_id", "name")

    query = CompiledQuery(build, parameters=2)
    assert query.fetch("default", "a", "x") == [["b", "y"]]
    assert query.fetch("default", "a", "y") == [["a", "x"]]
    assert query.fetch("default", "y", "a") == [["a", "x"]]


def test_constants_of_the_query_stay(clients):
    query = CompiledQuery(
        lambda name: Client.objects.filter(name=name, is_active=True).values_list("client_id"),
        parameters=1,
    )
    assert query.fetch("default", "x") == [["a"]]
    assert query.fetch("default", "y") == []


def test_it_is_built_once(clients):
    built = []

    def build(client_id: str):
        built.append(client_id)
        return Client.objects.filter(client_id=client_id).values_list("name")

    query = CompiledQuery(build, parameters=1)
    assert built == []
    assert [query.fetch("default", client_id) for client_id in "ab"] == [[["x"]], [["y"]]]
    assert len(built) == 1


@pytest.mark.parametrize("arguments", [(), ("a", "b")], ids=["too few", "too many"])
def test_wrong_number_of_arguments_is_an_error(arguments):
    query = CompiledQuery(
        lambda client_id: Client.objects.filter(client_id=client_id).values_list("name"), 1
    )
    with pytest.raises(ValueError, match="argument"):
        query.fetch("default", *arguments)


BY_ID = CompiledQuery(
    lambda client_id: Client.objects.filter(client_id=client_id).values_list("name"), 1
)


@pytest.fixture
def kept_plan(transactional_db) -> Iterator[None]:
    """The plan of BY_ID, kept by a connection as the guide to performance says."""
    options = connection.settings_dict["OPTIONS"]
    keeps_plans = {"server_side_binding": True, "prepare_threshold": 0}
    connection.settings_dict.update(OPTIONS={**options, **keeps_plans}, CONN_MAX_AGE=None)
    connection.close()
    Client.objects.create(client_id="a", name="x")
    BY_ID.fetch("default", "a")
    change_the_column(300)
    yield
    connection.settings_dict.update(OPTIONS=options, CONN_MAX_AGE=0)
    connection.close()
    change_the_column(200)


def change_the_column(length: int) -> None:
    """Do what a migration does in another process."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(f"ALTER TABLE oauth_m2m_client ALTER COLUMN name TYPE varchar({length})")
    other.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL keeps plans")
def test_plan_of_a_table_that_a_migration_changed_is_made_anew(kept_plan):
    assert BY_ID.fetch("default", "a") == [["x"]]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL keeps plans")
def test_transaction_cannot_go_on_and_the_next_request_can(kept_plan):
    with pytest.raises(NotSupportedError, match="cached plan"), transaction.atomic():
        BY_ID.fetch("default", "a")
    close_old_connections()
    assert BY_ID.fetch("default", "a") == [["x"]]
