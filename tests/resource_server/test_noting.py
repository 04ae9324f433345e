import logging

import pytest
from django.test import RequestFactory

from oauth_m2m import refusals, usage
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.models import AuditEvent
from oauth_m2m.resource_server.noting import note_refusal

pytestmark = pytest.mark.django_db

REQUEST = RequestFactory().get("/api/", REMOTE_ADDR="192.0.2.7")


def test_refusal_is_noted_once_however_many_stages_hand_it_on(registered, caplog):
    error = InvalidToken(
        Reason.TOKEN_EXPIRED, client_id=registered.client_id, client_pk=registered.client.pk
    )
    with caplog.at_level(logging.DEBUG, "oauth_m2m.resource_server"):
        note_refusal(error, REQUEST)
        error_id = error.error_id
        note_refusal(error, REQUEST)
    assert error_id
    assert error.error_id == error_id
    assert caplog.messages == [f"token refused: client={registered.client_id} reason=token_expired"]
    assert list(usage._pending.counts.values()) == [1]
    refusals.flush()
    event = AuditEvent.objects.get(kind="api.refused")
    assert (event.error_id, event.reason, event.address) == (
        error_id,
        "token_expired",
        "192.0.2.7",
    )


@pytest.mark.parametrize(
    "reason, level",
    [
        (Reason.UNKNOWN_TOKEN, "INFO"),
        (Reason.CERTIFICATE_FROM_STRANGER, "WARNING"),
        (Reason.DATABASE_AWAY, "ERROR"),
    ],
    ids=lambda value: getattr(value, "value", value),
)
def test_what_needs_somebody_is_louder(reason, level, caplog):
    with caplog.at_level(logging.DEBUG, "oauth_m2m.resource_server"):
        note_refusal(InvalidToken(reason), REQUEST)
    assert [record.levelname for record in caplog.records] == [level]


@pytest.mark.parametrize("path", ["/api/orders/", "/reports/daily"])
def test_error_id_of_a_refused_call_finds_its_reason(path, register, bearer, http):
    registered = register("unrelated")
    for headers, reason in [
        ({"Authorization": "Bearer m2mt_mistyped"}, "malformed_token"),
        ({"Authorization": "Bearer of.another.server"}, "foreign_token"),
        ({"Authorization": "Bearer two tokens"}, "malformed_bearer"),
        (bearer(registered), "missing_scope"),
    ]:
        response = http.get(path, headers=headers)
        challenge = response.headers["WWW-Authenticate"]
        error_id = challenge.partition('error_id="')[2].partition('"')[0]
        assert AuditEvent.objects.get(error_id=error_id).reason == reason
