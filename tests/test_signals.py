from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from oauth_m2m.models import AccessToken, AuditEvent
from oauth_m2m.signals import audit_recorded, token_issued

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """What both signals said, as (sender, arguments)."""
    heard: list[tuple[type, dict]] = []

    def listen(sender, signal, **arguments):
        heard.append((sender, arguments))

    token_issued.connect(listen)
    audit_recorded.connect(listen)
    yield heard
    token_issued.disconnect(listen)
    audit_recorded.disconnect(listen)


def test_token_issued_tells_who_got_what_until_when(registered, heard, get_token):
    token = get_token(registered)
    [(sender, arguments)] = heard
    assert sender is AccessToken
    assert set(arguments) == {"client_id", "scopes", "expires_at"}
    assert arguments["client_id"] == registered.client_id
    assert arguments["scopes"] == ("orders:read",)
    assert arguments["expires_at"] == AccessToken.objects.get().expires_at
    assert isinstance(arguments["expires_at"], datetime)
    assert arguments["expires_at"] - timezone.now() <= timedelta(hours=1)
    assert token not in repr(arguments)
    assert registered.secret not in repr(arguments)


def test_audit_recorded_hands_over_the_event_of_a_refusal(registered, heard, post_token):
    post_token({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"})
    assert heard == [(AuditEvent, {"event": AuditEvent.objects.get(kind="token.refused")})]


def test_audit_recorded_hands_over_the_event_of_a_change(register, heard):
    register("a")
    assert [sender for sender, _ in heard] == [AuditEvent, AuditEvent]
    assert [arguments["event"].kind for _, arguments in heard] == [
        "client.created",
        "secret.created",
    ]


def test_a_refused_request_issues_no_token(registered, heard, post_token):
    post_token({"grant_type": "password", **registered.credentials})
    assert AccessToken not in [sender for sender, _ in heard]
