import pytest
from django.contrib.auth.models import User

from oauth_m2m.credential_format import generate_secret
from oauth_m2m.models import AuditEvent
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

pytestmark = pytest.mark.django_db


def test_a_command_is_named_without_a_user():
    note("thing.done", Actor("a command"))
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor_name, event.actor, event.address) == (
        "thing.done",
        "a command",
        None,
        None,
    )
    assert (event.client, event.client_identifier, event.reason, event.detail) == (None, "", "", {})


def test_a_user_is_kept_with_the_address(registered):
    user = User.objects.create_user("anna")
    actor = Actor("anna", user=user, address="192.0.2.1")
    note("thing.done", actor, client=registered.client, reason="because", detail={"a": 1})
    event = AuditEvent.objects.get(kind="thing.done")
    assert (event.actor, event.actor_name, event.address) == (user, "anna", "192.0.2.1")
    assert (event.client, event.client_identifier) == (registered.client, registered.client_id)
    assert (event.reason, event.detail) == ("because", {"a": 1})


def test_a_secret_in_the_reason_is_redacted():
    secret, key_id = generate_secret("m2ms_")
    note("thing.done", Actor("a command"), reason=f"{secret} leaked")
    assert AuditEvent.objects.get().reason == f"m2ms_{key_id}_[redacted] leaked"


def test_a_long_reason_is_cut_to_its_column():
    note("thing.done", Actor("a command"), reason="so " * 200)
    assert AuditEvent.objects.get().reason == "so " * 85
