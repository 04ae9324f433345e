"""
Hot inserts: a row of the ORM, written by SQL that was compiled once.

Making an instance, building its query and compiling it costs more than the statement itself,
and nobody needs the key that the ORM asks back for.
"""

from typing import Any, Final

from django.db import connections, models, router, transaction
from django.db.models.signals import post_init, post_save, pre_init, pre_save
from django.db.models.sql import InsertQuery

__all__ = ["CompiledInsert"]

_SIGNALS: Final = (pre_init, post_init, pre_save, post_save)


class CompiledInsert:
    """
    An INSERT of one row of *model*, for each database as the ORM writes it.

    *names* are the attributes that each row says; the others get the model's defaults, which
    must not be callables.
    """

    def __init__(self, model: type[models.Model], *names: str) -> None:
        """Remember what to insert; nothing is compiled before it is needed."""
        self._model = model
        self._names: Final = names
        self._compiled: dict[str, tuple[str, list[Any]]] = {}

    def execute(self, **values: Any) -> None:
        """
        Insert a row; *values* go through the preparation of their fields.

        Where the project listens to signals of the model it is ``save(force_insert=True)``.
        """
        if any(signal.has_listeners(self._model) for signal in _SIGNALS):
            self._model(**values).save(force_insert=True)
            return
        alias = router.db_for_write(self._model)
        connection = connections[alias]
        sql, row = self._for_database(alias)
        prepared = [
            field.get_db_prep_save(values[field.attname], connection) if is_said else field
            for field, is_said in row
        ]
        with transaction.mark_for_rollback_on_error(alias), connection.cursor() as cursor:
            cursor.execute(sql, prepared)

    def _for_database(self, alias: str) -> tuple[str, list[Any]]:
        # Two threads may both compile: the results are equal, and the last one stays.
        if alias not in self._compiled:
            meta = self._model._meta  # noqa: SLF001 - Django's documented model API
            fields = [field for field in meta.concrete_fields if field is not meta.pk]
            # A column that is left out is NULL; to name it would cost a parameter.
            named = [
                field
                for field in fields
                if field.attname in self._names or field.get_default() is not None
            ]
            query = InsertQuery(self._model)
            query.insert_values(named, [self._model()])
            [(sql, defaults)] = query.get_compiler(using=alias).as_sql()
            row = [
                (field, True) if field.attname in self._names else (default, False)
                for field, default in zip(named, defaults, strict=True)
            ]
            self._compiled[alias] = (sql, row)
        return self._compiled[alias]
