"""The revocation view: what a real second attempt, and a database that is away, meet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.models import AccessToken, AuditEvent, Client
from tests.endpoints import REVOCATION, ask
from tests.host.database_away import database_away  # noqa: F401 - a fixture


def test_database_away_is_a_503_and_not_a_success(registered, get_token, http, request):
    token = get_token(registered)
    request.getfixturevalue("database_away")
    response = ask(http, REVOCATION, registered, {"token": token})
    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"


@pytest.mark.django_db
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_token_is_in_neither_the_row_nor_the_audit_trail(registered, get_token, http, token_format):
    Client.objects.update(token_format=token_format)
    token = get_token(registered)
    ask(http, REVOCATION, registered, {"token": token})
    stored = [*AccessToken.objects.values(), *AuditEvent.objects.values()]
    assert token[-20:] not in repr(stored)


@pytest.mark.django_db
def test_signed_token_that_another_key_made_is_not_revoked(registered, get_token, http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_FORMAT": "jwt"}
    header, claims, signature = get_token(registered).split(".")
    forged = f"{header}.{claims}.{signature[::-1]}"
    response = ask(http, REVOCATION, registered, {"token": forged})
    assert (response.status_code, response.content) == (200, b"{}")
    assert not AccessToken.objects.exists()


@pytest.mark.django_db
def test_signed_token_of_a_clock_far_ahead_is_not_said_to_be_revoked(
    register, get_token, http, monkeypatch
):
    registered, right = register("orders:read", token_format="jwt"), timezone.now
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: right() + timedelta(minutes=5))
        token = get_token(registered)
    response = ask(http, REVOCATION, registered, {"token": token})
    assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")
    assert AuditEvent.objects.get(kind="revocation.refused").reason == "not_yet_valid"
