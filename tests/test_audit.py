import logging

import pytest
from django.contrib.auth import get_user_model

from oauth_m2m.audit import record_change
from oauth_m2m.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_change_is_kept_with_names_beside_the_relations(registered):
    user = get_user_model().objects.create_user("alice")
    event = record_change(
        "client.changed",
        actor_name="alice",
        actor=user,
        address="192.0.2.7",
        client=registered.client,
        reason="asked for",
        detail={"name": {"before": "a", "after": "b"}},
    )
    kept = AuditEvent.objects.get(pk=event.pk)
    assert (kept.kind, kept.actor, kept.actor_name) == ("client.changed", user, "alice")
    assert (kept.client, kept.client_identifier) == (registered.client, registered.client_id)
    assert (kept.address, kept.reason) == ("192.0.2.7", "asked for")
    assert kept.detail == {"name": {"before": "a", "after": "b"}}


def test_change_needs_no_more_than_a_kind_and_a_name():
    kept = AuditEvent.objects.get(pk=record_change("tokens.cleared", actor_name="cron").pk)
    assert (kept.actor, kept.client, kept.address) == (None, None, None)
    assert (kept.client_identifier, kept.reason, kept.detail) == ("", "", {})


def test_reason_too_long_for_its_column_is_cut():
    event = record_change("client.disabled", actor_name="alice", reason="r" * 300)
    assert AuditEvent.objects.get(pk=event.pk).reason == "r" * 255


def test_line_still_says_who_and_what_after_both_are_gone(registered):
    user = get_user_model().objects.create_user("alice")
    client_id = registered.client_id
    event = record_change("x.y", actor_name="alice", actor=user, client=registered.client)
    user.delete()
    registered.client.delete()
    kept = AuditEvent.objects.get(pk=event.pk)
    assert (kept.actor, kept.client) == (None, None)
    assert (kept.actor_name, kept.client_identifier) == ("alice", client_id)


def test_log_has_one_line_for_each_event(registered, caplog):
    with caplog.at_level(logging.INFO, "oauth_m2m.audit"):
        record_change(
            "secret.rotated", actor_name="alice", address="192.0.2.7", client=registered.client
        )
    [message] = caplog.messages
    assert message == (
        f"secret.rotated client={registered.client_id} actor=alice address=192.0.2.7"
        " reason=- error_id=- count=1"
    )
