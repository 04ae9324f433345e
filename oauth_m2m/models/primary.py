"""Read our rows where the project writes them, also if it reads its others from a replica."""

from typing import TypeVar

from django.db import models

__all__ = ["PrimaryManager"]

Row = TypeVar("Row", bound=models.Model)


class PrimaryManager(models.Manager[Row]):
    """
    Asks the database that a router names for writing; ``using()`` asks another all the same.

    A replica lags. Asked about a token that was issued a moment ago, it knows of none, and
    whoever gave that token back would be told that it is revoked while it works on.
    """

    def get_queryset(self) -> "models.QuerySet[Row]":
        """Return all rows."""
        queryset = super().get_queryset()
        # What select_for_update() does to name the database. An alias set by using() would
        # also forbid the queryset inside another one.
        queryset._for_write = True  # type: ignore[attr-defined] # noqa: SLF001 - Django has no public name for it
        return queryset
