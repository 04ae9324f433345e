"""A database that nobody answers for, as the accepting side meets it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test import override_settings

ALIAS = "away"


class TokensElsewhere:
    """Sends the queries about our rows to the database that is away, and no others."""

    def db_for_write(self, model: type, **_hints: object) -> str | None:
        return ALIAS if model._meta.app_label == "oauth_m2m" else None


@pytest.fixture
def database_away(db: None, tmp_path: Path) -> Iterator[None]:
    """Let every look-up of a token fail as it does when its server is gone."""
    nowhere = {"NAME": str(tmp_path / "no such folder" / "db.sqlite3"), "OPTIONS": {}}
    # Made by hand: what the settings name, Django's test cases would guard and set up.
    connections[ALIAS] = DatabaseWrapper({**connections.settings["default"], **nowhere}, ALIAS)
    with override_settings(DATABASE_ROUTERS=[f"{__name__}.TokensElsewhere"]):
        yield
    del connections[ALIAS]
