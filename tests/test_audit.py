import logging

import pytest
from django.contrib.auth import get_user_model

from oauth_m2m.audit import record_change, record_refusal
from oauth_m2m.credential_format import generate_secret, generate_token
from oauth_m2m.errors import InvalidClient, InvalidScope, InvalidToken, Reason
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


def test_refusal_of_a_known_client_has_its_private_reason(registered):
    error = InvalidScope(
        Reason.SCOPE_NOT_GRANTED, client_id=registered.client_id, client_pk=registered.client.pk
    )
    kept = AuditEvent.objects.get(pk=record_refusal("token.refused", error, "2001:db8::7").pk)
    assert (kept.kind, kept.client, kept.client_identifier) == (
        "token.refused",
        registered.client,
        registered.client_id,
    )
    assert (kept.address, kept.reason) == ("2001:db8::7", "scope_not_granted")
    assert (kept.actor, kept.actor_name) == (None, "")
    assert kept.detail == {"error": "invalid_scope"}


def test_refusal_of_an_unknown_client_has_what_it_called_itself():
    error = InvalidClient(Reason.UNKNOWN_CLIENT, client_id="nobody")
    kept = AuditEvent.objects.get(pk=record_refusal("token.refused", error, None).pk)
    assert (kept.client, kept.client_identifier, kept.address) == (None, "nobody", None)


@pytest.mark.parametrize(
    "presented, kept",
    [
        ("nightly job", "nightly job"),
        ("a\x00b", "a?b"),
        ("a\r\nforged line", "a??forged line"),
        ("a\u2028b\u202ec", "a?b?c"),
        ("a\ud800", "a?"),
        ("日本", "日本"),
        ("x" * 300, "[redacted]"),
        ("x." * 200, ("x." * 200)[:255]),
    ],
    ids=[
        "plain",
        "NUL",
        "line break",
        "line separator and direction",
        "surrogate",
        "other script",
        "long word",
        "too long",
    ],
)
def test_what_a_caller_calls_itself_is_made_printable(presented, kept, caplog):
    error = InvalidClient(Reason.UNKNOWN_CLIENT, client_id=presented)
    with caplog.at_level(logging.INFO, "oauth_m2m.audit"):
        event = record_refusal("token.refused", error, None)
    assert AuditEvent.objects.get(pk=event.pk).client_identifier == kept
    assert caplog.messages == [
        f"token.refused client={kept} actor=- address=- reason=unknown_client"
    ]


@pytest.mark.parametrize("around", ["", "id=", "\x00", "."], ids=["bare", "named", "NUL", "dot"])
@pytest.mark.parametrize("kind", ["secret", "token"])
def test_credential_in_the_wrong_field_is_redacted(kind, around, caplog):
    clear = generate_secret("m2ms_")[0] if kind == "secret" else generate_token("m2mt_")
    error = InvalidClient(Reason.MALFORMED_SECRET, client_id=f"{around}{clear}{around}")
    with caplog.at_level(logging.DEBUG):
        event = record_refusal("token.refused", error, None)
    kept = AuditEvent.objects.get(pk=event.pk)
    assert "[redacted]" in kept.client_identifier
    assert clear[-49:] not in f"{vars(kept)} {caplog.text}"


def test_log_has_one_line_for_each_event(registered, caplog):
    with caplog.at_level(logging.INFO, "oauth_m2m.audit"):
        record_change(
            "secret.rotated", actor_name="alice", address="192.0.2.7", client=registered.client
        )
        record_refusal("x.refused", InvalidToken(Reason.TOKEN_EXPIRED), None)
    assert caplog.messages == [
        f"secret.rotated client={registered.client_id} actor=alice address=192.0.2.7 reason=-",
        "x.refused client=- actor=- address=- reason=token_expired",
    ]
