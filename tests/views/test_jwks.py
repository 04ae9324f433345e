"""The view of the key set: how often it asks the database, and when that is away."""

from dataclasses import replace

import pytest
from django.utils import timezone

from oauth_m2m.keys import signing
from oauth_m2m.keys.signing import create_key, forget_ring
from tests.host.database_away import database_away  # noqa: F401 - a fixture

JWKS = "/oauth/jwks.json"


@pytest.mark.django_db
def test_database_is_asked_once_a_second_at_most(http, django_assert_num_queries):
    create_key("ES256", 1, timezone.now())
    with django_assert_num_queries(1):
        first, second = http.get(JWKS), http.get(JWKS)
    assert first.content == second.content
    signing._ring = replace(signing._ring, read_at=signing._ring.read_at - 1)
    with django_assert_num_queries(1):
        http.get(JWKS)


@pytest.mark.usefixtures("database_away")
def test_database_away_is_a_503_that_no_cache_keeps(http):
    forget_ring()
    response = http.get(JWKS)
    assert response.status_code == 503
    assert response.json() == {
        "error": "temporarily_unavailable",
        "error_description": "The server is temporarily unable to answer. Try again.",
    }
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
