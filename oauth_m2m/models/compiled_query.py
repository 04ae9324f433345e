"""
Hot lookups: an ORM query compiled to SQL once and executed many times.

Building and compiling a queryset costs several times what the statement itself does.
A :class:`CompiledQuery` keeps the SQL that the ORM wrote, for each database, and fills in
the parameters; the columns go through the ORM's own converters.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import NotSupportedError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["CompiledQuery"]

_Converters = Sequence[tuple[int, Sequence[Callable[..., Any]], Any]]


class CompiledQuery:
    """
    A SELECT whose parameters are strings.

    *build* takes one placeholder string for each parameter and returns a
    ``values_list`` queryset that uses each of them, as often as it likes.
    """

    def __init__(self, build: Callable[..., "models.QuerySet[Any, Any]"], parameters: int) -> None:
        """Remember how to build the query; nothing is compiled before it is needed."""
        self._build = build
        self._placeholders: Final = [f"\x01{index}\x01" for index in range(parameters)]
        self._compiled: dict[str, tuple[str, list[Any], _Converters]] = {}

    def fetch(self, alias: str, *arguments: str) -> list[list[Any]]:
        """Run the query on database *alias* and return its rows as Python values."""
        sql, template, converters = self._for_database(alias)
        known = dict(zip(self._placeholders, arguments, strict=True))
        connection = connections[alias]
        parameters = [known.get(value, value) for value in template]
        try:
            rows = _rows(connection, sql, parameters)
        except NotSupportedError:
            # A migration has changed a table whose plan this connection keeps, because the project
            # asked for that; a new connection keeps none yet.
            if connection.in_atomic_block:
                connection.close_at = time.monotonic()  # when the request is over
                raise
            connection.close()
            rows = _rows(connection, sql, parameters)
        for position, functions, expression in converters:
            for row in rows:
                for function in functions:
                    row[position] = function(row[position], expression, connection)
        return rows

    def _for_database(self, alias: str) -> tuple[str, list[Any], _Converters]:
        # Two threads may both compile: the results are equal, and the last one stays.
        if alias not in self._compiled:
            query = self._build(*self._placeholders).query
            compiler = query.get_compiler(using=alias)
            sql, template = compiler.as_sql()
            columns = [column for column, _, _ in compiler.select]
            converters = [
                (position, functions, expression)
                for position, (functions, expression) in compiler.get_converters(columns).items()
            ]
            self._compiled[alias] = (sql, list(template), converters)
        return self._compiled[alias]


def _rows(connection: BaseDatabaseWrapper, sql: str, parameters: list[Any]) -> list[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [list(row) for row in cursor.fetchall()]
