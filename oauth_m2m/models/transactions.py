"""Transactions in the database that a router gives our tables, whichever it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import router, transaction

from oauth_m2m.models.clients import Client

__all__ = ["our_transaction"]


@contextmanager
def our_transaction() -> Iterator[None]:
    """
    Do all of a block or of a function, or nothing, where our tables are written.

    Django's ``atomic()`` alone is one of the database ``default``. Where a router keeps our
    tables elsewhere it would hold nothing together, and what fails halfway would stay.
    """
    with transaction.atomic(using=router.db_for_write(Client)):
        yield
