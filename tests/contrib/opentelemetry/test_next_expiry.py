"""The gauge of the next expiry: what it says, what it costs, and what it leaves open."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from opentelemetry.metrics import CallbackOptions

from oauth_m2m.contrib.opentelemetry.next_expiry import observe_next_expiry
from oauth_m2m.models import Client, ClientKey, ClientSecret
from oauth_m2m.operations.credentials import rotate_secret
from tests.connections import needs_two_connections
from tests.host.database_away import ALIAS, database_away  # noqa: F401 - a fixture

GAUGE = "oauth_m2m.credential.time_to_expiry"
DAY = timedelta(days=1)


class ReadsElsewhere:
    """Sends what is read to the database that is away."""

    def db_for_read(self, _model: type, **_hints: object) -> str:
        return ALIAS


def expire(registered, **after: timedelta) -> None:
    expires_at = timezone.now() + timedelta(**after)
    ClientSecret.objects.filter(client=registered.client).update(expires_at=expires_at)


@pytest.mark.django_db
def test_nothing_is_observed_where_nothing_ends(measured, registered):
    assert measured.points(GAUGE) == []


@pytest.mark.django_db
def test_first_end_of_each_kind_is_observed(measured, register, django_assert_num_queries):
    first, second = register(), register()
    expire(first, days=9)
    expire(second, days=2)
    for client, days in ((first.client, 30), (second.client, 40)):
        ClientKey.objects.create(
            client=client, kid="a", public_jwk={}, expires_at=timezone.now() + days * DAY
        )
    with django_assert_num_queries(1):
        series = measured.values(GAUGE)
    by_kind = {attributes["oauth_m2m.credential.kind"]: value for attributes, value in series}
    assert by_kind.keys() == {"client_secret", "client_key"}
    for kind, days in (("client_secret", 2), ("client_key", 30)):
        # A slow machine has used up some of the time.
        assert days * 86_400 - 300 < by_kind[kind] <= days * 86_400


@pytest.mark.django_db
def test_what_does_not_work_ends_nothing(measured, register):
    revoked, disabled, expired = register(), register(), register()
    expire(revoked, days=1)
    ClientSecret.objects.filter(client=revoked.client).update(revoked_at=timezone.now())
    expire(disabled, days=1)
    Client.objects.filter(pk=disabled.client.pk).update(is_active=False)
    ClientSecret.objects.filter(client=expired.client).update(
        created_at=timezone.now() - DAY, expires_at=timezone.now()
    )
    assert measured.points(GAUGE) == []


@pytest.mark.django_db
def test_secret_that_was_replaced_is_meant_to_end(measured, registered, actor):
    rotate_secret(registered.client, actor=actor)
    assert ClientSecret.objects.exclude(expires_at=None).exists()
    assert measured.points(GAUGE) == []


@pytest.mark.django_db
def test_open_connection_stays_open(registered):
    connection.ensure_connection()
    opened = connection.connection
    observe_next_expiry(CallbackOptions())
    assert connection.connection is opened


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_thread_of_the_exporter_leaves_no_connection(register):
    expire(register(), days=1)

    def collect() -> tuple[int, bool]:
        found = list(observe_next_expiry(CallbackOptions()))
        return len(found), connection.connection is None

    with ThreadPoolExecutor(1) as exporter:
        assert exporter.submit(collect).result(60) == (1, True)


@pytest.mark.django_db
def test_database_that_is_away_is_logged_and_nothing_observed(database_away, caplog, settings):  # noqa: F811 - as above
    settings.DATABASE_ROUTERS = [f"{__name__}.ReadsElsewhere"]
    with caplog.at_level(logging.WARNING, "oauth_m2m.opentelemetry"):
        assert list(observe_next_expiry(CallbackOptions())) == []
    assert "next expiry is not measured" in caplog.text
