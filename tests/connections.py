"""Tests of what happens when two connections, or two processes, meet in one database."""

import os
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection

__all__ = [
    "database_for_others",
    "needs_other_processes",
    "needs_postgresql",
    "needs_two_connections",
    "wait_until_somebody_waits_for_a_lock",
]

# The SQLite of the tests lives in memory, where a second connection is refused at once
# instead of waiting for the first one's transaction.
needs_two_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="needs two connections to one database"
)
needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="asks PostgreSQL who waits for whom"
)
needs_other_processes = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="the tests keep SQLite in memory, where no other process can see it",
)


def database_for_others() -> dict[str, str]:
    """Return the environment in which another process finds the database of this test."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return {"DATABASE_URL": url._replace(path=f"/{name}").geturl()}


def wait_until_somebody_waits_for_a_lock() -> None:
    """Return when another connection is blocked by this one, on PostgreSQL."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone():
                return
        time.sleep(0.01)
    pytest.fail("nobody waits")
