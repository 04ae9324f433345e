"""Run the commands: inside this process, and as programs of their own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from oauth_m2m.models import AuditEvent

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Output:
    """What a command printed, and its exit status."""

    stdout: str
    stderr: str
    status: int = 0

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    @property
    def data(self) -> Any:
        return json.loads(self.stdout)


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(db: None, monkeypatch: pytest.MonkeyPatch):
    """Run a command as the operator "olga" and return what it printed."""
    monkeypatch.setenv("LOGNAME", "olga")

    def run(*words: str, terminal: bool = False, **options: Any) -> Output:
        out, err = StringIO(), Terminal() if terminal else StringIO()
        call_command(*words, stdout=out, stderr=err, **options)
        return Output(out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def refuse(run):
    """Run a command that must be refused and change nothing; return its message."""

    def refuse(*words: str, **options: Any) -> str:
        before = all_rows()
        with pytest.raises(CommandError) as caught:
            run(*words, **options)
        assert all_rows() == before
        return str(caught.value)

    return refuse


def all_rows() -> dict[str, list[dict[str, Any]]]:
    models = apps.get_app_config("oauth_m2m").get_models(include_auto_created=True)
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


@pytest.fixture
def trail(db: None):
    """Return the audit trail: kind, who, client id and reason."""

    def trail() -> list[tuple[str, str, str, str]]:
        events = AuditEvent.objects.order_by("pk")
        return list(events.values_list("kind", "actor_name", "client_identifier", "reason"))

    return trail


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with tables and no rows."""
    database = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    assert _manage(database, "migrate", "--verbosity=0").status == 0
    return database


@pytest.fixture
def manage(migrated_database: Path, tmp_path: Path):
    """Run ``python manage.py ...`` on an SQLite file of this test alone."""
    database = tmp_path / "db.sqlite3"
    shutil.copy(migrated_database, database)

    def manage(*words: str, stdin: str | bytes = "", **environment: str) -> Output:
        return _manage(database, *words, stdin=stdin, **environment)

    return manage


@pytest.fixture
def manage_without_tables(tmp_path: Path):
    """Run ``python manage.py ...`` on an empty SQLite file."""

    def manage(*words: str) -> Output:
        return _manage(tmp_path / "empty.sqlite3", *words)

    return manage


def _manage(database: Path, *words: str, stdin: str | bytes = "", **environment: str) -> Output:
    # The example project as a user runs it: not with the tests' settings.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DJANGO_SETTINGS_MODULE", "REDIS_URL", "ISSUER"}
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        env={**inherited, "DATABASE_URL": f"sqlite:///{database}", **environment},
        capture_output=True,
        check=False,
    )
    return Output(done.stdout.decode(), done.stderr.decode(), done.returncode)
