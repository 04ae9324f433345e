"""Fixtures and answers of the DRF side."""

from tests.host.database_away import database_away  # noqa: F401 - a fixture
