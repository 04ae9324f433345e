"""How the database at hand writes the names in a statement."""

from django.db import connection, models


def insert_into(model: type[models.Model]) -> str:
    """Return how a statement begins that adds a row of *model*."""
    return f"INSERT INTO {_quoted(model._meta.db_table)}"


def update_of(model: type[models.Model]) -> str:
    """Return how a statement begins that changes rows of *model*."""
    return f"UPDATE {_quoted(model._meta.db_table)}"


def column(model: type[models.Model], name: str) -> str:
    """Return the field *name* of *model*, with its table, as a condition has it."""
    return f"{_quoted(model._meta.db_table)}.{_quoted(model._meta.get_field(name).column)}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
