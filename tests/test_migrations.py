"""The migrations say what the models say, and go forward, back, and forward again."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

TABLES = {model._meta.db_table for model in apps.get_app_config("oauth_m2m").get_models()}


def tables() -> set[str]:
    return TABLES & set(connection.introspection.table_names())


def migrate(target: str = "") -> None:
    call_command("migrate", "oauth_m2m", *([target] if target else []), verbosity=0)


@pytest.mark.django_db
def test_models_have_no_change_without_a_migration(capsys):
    call_command("makemigrations", "oauth_m2m", check=True, dry_run=True)
    assert capsys.readouterr().out == "No changes detected in app 'oauth_m2m'\n"


@pytest.mark.django_db(transaction=True)
def test_migrations_go_forward_back_and_forward_again(register):
    assert tables() == TABLES
    migrate("zero")
    try:
        assert tables() == set()
    finally:
        migrate()
    assert tables() == TABLES
    register("orders:read")
