import pytest
from django.db import connection, connections
from django.db.backends.dummy.base import DatabaseWrapper as DummyDatabase
from django.test import override_settings

from oauth_m2m.contrib.openapi import add_scopes, described_scopes, security_scheme
from oauth_m2m.models import Scope
from tests.host.database_away import database_away  # noqa: F401 - a fixture


def scheme_with(token_url: str, **scopes: str) -> dict:
    flow = {"tokenUrl": token_url, "scopes": scopes}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def test_token_url_is_on_the_issuers_host():
    assert security_scheme() == scheme_with("https://auth.example.com/oauth/token")


def test_token_url_is_a_path_without_an_issuer(settings):
    settings.OAUTH_M2M = {}
    assert security_scheme() == scheme_with("/oauth/token")


def test_token_url_of_another_server_goes_first():
    assert security_scheme("https://elsewhere/token") == scheme_with("https://elsewhere/token")


@override_settings(ROOT_URLCONF="tests.host.urls_documents_only")
def test_token_url_is_empty_where_no_endpoint_is_mounted():
    assert security_scheme() == scheme_with("")


def test_scopes_are_sorted_and_keep_their_descriptions():
    scheme = security_scheme(scopes=["write", "read"])
    add_scopes(scheme, {"read": "See", "admin": ""})
    add_scopes(scheme, {"read": "", "admin": "Do"})
    expected = {"admin": "Do", "read": "See", "write": ""}
    assert scheme["flows"]["clientCredentials"]["scopes"] == expected
    assert list(scheme["flows"]["clientCredentials"]["scopes"]) == sorted(expected)


@pytest.mark.django_db
def test_descriptions_are_those_of_the_table():
    Scope.objects.create(name="orders:read", description="See orders")
    Scope.objects.create(name="orders:write")
    assert described_scopes() == {"orders:read": "See orders", "orders:write": ""}


def test_database_that_is_away_describes_nothing(database_away):  # noqa: F811 - the fixture
    assert described_scopes() == {}


@pytest.mark.django_db(transaction=True)
def test_table_that_is_not_there_yet_describes_nothing():
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE oauth_m2m_scope RENAME TO not_yet")
    try:
        assert described_scopes() == {}
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE not_yet RENAME TO oauth_m2m_scope")


@pytest.fixture
def no_database():
    """What Django puts in place of a database that the settings do not name."""
    real = connections["default"]
    connections["default"] = DummyDatabase({**real.settings_dict, "ENGINE": ""})
    yield
    connections["default"] = real


def test_project_without_a_database_describes_nothing(no_database):
    assert described_scopes() == {}
