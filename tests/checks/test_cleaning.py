"""What ``manage.py check --database default`` says of tokens that nobody clears: W017."""

from datetime import timedelta

import pytest
from django.core.checks import Warning, run_checks  # noqa: A004 - Django's name
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.checks.cleaning import MANY, check_cleaning
from oauth_m2m.models import AccessToken

W017 = Warning(
    "1,000 tokens and perhaps many more expired over a week ago and are still there.",
    hint="Let m2m_clear_expired run every night.",
    id="oauth_m2m.W017",
)


@pytest.fixture
def pile_up(register):
    client = register().client

    def pile_up(count: int, days: int) -> None:
        ended = timezone.now() - timedelta(days=days)
        AccessToken.objects.bulk_create(
            AccessToken(
                token_hash=f"{days}-{number}",
                client=client,
                issued_at=ended - timedelta(hours=1),
                expires_at=ended,
            )
            for number in range(count)
        )

    return pile_up


def test_w017_when_many_expired_long_ago(pile_up):
    pile_up(MANY - 1, 8)
    pile_up(2, 6)
    assert check_cleaning(None, databases=["default"]) == []
    pile_up(2, 9)
    with CaptureQueriesContext(connection) as queries:
        assert check_cleaning(None, databases=["default"]) == [W017]
    [query] = queries.captured_queries
    # However many there are, it counts no further.
    assert f"LIMIT {MANY}" in query["sql"]


@pytest.mark.parametrize("databases", [None, [], ["other"]], ids=["unsaid", "none", "another"])
def test_table_is_looked_at_only_when_databases_are_checked(pile_up, databases):
    pile_up(MANY, 8)
    assert check_cleaning(None, databases=databases) == []


def test_table_that_does_not_exist_yet_is_no_problem(transactional_db):
    with connection.schema_editor() as editor:
        editor.delete_model(AccessToken)
    try:
        assert check_cleaning(None, databases=["default"]) == []
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(AccessToken)


def test_w017_is_registered_and_can_be_silenced(pile_up, settings):
    settings.ROOT_URLCONF = "example_project.urls"
    settings.SILENCED_SYSTEM_CHECKS = ["oauth_m2m.W017"]
    pile_up(MANY, 8)
    found = [message for message in run_checks(databases=["default"]) if message == W017]
    assert [message.is_silenced() for message in found] == [True]
