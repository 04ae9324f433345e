"""The migrations say what the models say, and go forward and back with rows in every table."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tests.migrated_rows import columns, described, make_row

APP = "oauth_m2m"
TABLES = {model._meta.db_table for model in apps.get_app_config(APP).get_models()}
STEPS = sorted(
    name
    for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if app == APP
)


def tables() -> set[str]:
    return TABLES & set(connection.introspection.table_names())


def migrate(target: str = "") -> None:
    call_command("migrate", APP, *([target] if target else []), verbosity=0)


def models_at(step: str) -> dict[str, type[models.Model]]:
    """Return the app's models as they were after *step*."""
    state = MigrationExecutor(connection).loader.project_state((APP, step))
    registry: Apps = state.apps
    found = registry.get_app_config(APP).get_models(include_auto_created=True)
    return {model._meta.model_name: model for model in found}


def fill(step: str) -> dict[str, type[models.Model]]:
    """Put a row into each table that there is after *step*."""
    found = models_at(step)
    for model in found.values():
        make_row(model)
    return found


def contents(found: dict[str, type[models.Model]], kept: dict[str, set[str]]) -> dict[str, Any]:
    return {name: described(found[name], names) for name, names in kept.items()}


@pytest.fixture
def _migrated_again(transactional_db) -> Iterator[None]:
    yield
    call_command("flush", verbosity=0, interactive=False)
    migrate()


@pytest.mark.django_db
def test_models_have_no_change_without_a_migration(capsys):
    call_command("makemigrations", "oauth_m2m", check=True, dry_run=True)
    assert capsys.readouterr().out == "No changes detected in app 'oauth_m2m'\n"


@pytest.mark.timeout(600)  # it grows with each migration
@pytest.mark.usefixtures("_migrated_again")
def test_rows_of_each_step_are_there_after_the_next_and_back_again():
    migrate("zero")
    assert tables() == set()
    migrate(STEPS[0])
    before = fill(STEPS[0])
    for step, following in pairwise(STEPS):
        after = models_at(following)
        # What a step takes away, or adds, is in one of the two only: nothing to compare.
        kept = {
            name: columns(before[name]) & columns(after[name])
            for name in before.keys() & after.keys()
        }
        written = contents(before, kept)
        assert all(written.values())
        for target, found in ((following, after), (step, before), (following, after)):
            migrate(target)
            assert contents(found, kept) == written
        before = fill(following)
    assert tables() == TABLES
    migrate("zero")
    assert tables() == set()
    migrate()
    assert tables() == TABLES
