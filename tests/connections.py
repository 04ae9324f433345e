"""Tests of what happens when two connections meet in one database."""

import pytest
from django.db import connection

__all__ = ["needs_two_connections"]

# The SQLite of the tests lives in memory, where a second connection is refused at once
# instead of waiting for the first one's transaction.
needs_two_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="needs two connections to one database"
)
