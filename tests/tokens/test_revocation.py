"""How soon a signed token stops, and what asking costs."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.models import AccessToken, AuditEvent, Client
from oauth_m2m.operations.clients import disable_client, enable_client
from oauth_m2m.operations.tokens import clear_expired, revoke_client_tokens, revoke_proven_token
from oauth_m2m.tokens import prove_token, revocation
from oauth_m2m.tokens.revocation import facts_of, forget_facts
from tests.jose import parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(register):
    account = get_user_model().objects.create_user("machine")
    return register("orders:read", token_format="jwt", service_account=account)


@pytest.fixture
def status(http):
    """Return the status of an API request with a token."""

    def status(token: str) -> int:
        response = http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})
        return response.status_code

    return status


def let_pass(seconds: float) -> None:
    for client_id, known in revocation._known.items():
        revocation._known[client_id] = revocation._Known(known.facts, known.read_at - seconds)


def statements(call) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_known_client_is_asked_for_once_in_five_seconds(machine):
    assert statements(lambda: facts_of(machine.client_id)) == 1
    let_pass(4.5)
    assert statements(lambda: [facts_of(machine.client_id) for _ in range(10)]) == 0
    let_pass(0.5)
    assert statements(lambda: [facts_of(machine.client_id) for _ in range(10)]) == 1


def test_client_that_does_not_exist_is_remembered_too():
    assert statements(lambda: [facts_of("nobody") for _ in range(10)]) == 1
    assert facts_of("nobody") is None


def test_setting_of_zero_asks_every_time(machine, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REVOCATION_REFRESH_SECONDS": 0}
    assert statements(lambda: [facts_of(machine.client_id) for _ in range(3)]) == 3


def test_memory_is_bounded_and_loses_who_was_looked_up_longest_ago(register, monkeypatch, settings):
    monkeypatch.setattr(revocation, "MAX_CLIENTS", 2)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REVOCATION_REFRESH_SECONDS": 0}
    first, second, third = (register("a").client_id for _ in range(3))
    for name in (first, second, first, third):
        facts_of(name)
    assert list(revocation._known) == [first, third]


# What this process changes itself is seen at once.


def test_one_revoked_token_is_refused_and_the_others_are_not(machine, get_token, status, actor):
    bad, good = get_token(machine), get_token(machine)
    assert status(bad) == 200
    assert revoke_proven_token(prove_token(bad), bad, actor=actor)
    assert (status(bad), status(good)) == (401, 200)
    row = AccessToken.objects.get()
    claims = parts(bad)[1]
    assert (row.jti, row.format, row.client) == (claims["jti"], "jwt", machine.client)
    assert int(row.expires_at.timestamp()) == claims["exp"]


def test_token_that_was_revoked_already_is_not_revoked_again(machine, get_token, actor):
    token = get_token(machine)
    assert revoke_proven_token(prove_token(token), token, actor=actor)
    assert not revoke_proven_token(prove_token(token), token, actor=actor)
    assert AuditEvent.objects.filter(kind="token.revoked").count() == 1


def test_row_of_a_revoked_token_is_cleared_once_it_has_expired(machine, get_token, status, actor):
    token = get_token(machine)
    revoke_proven_token(prove_token(token), token, actor=actor)
    assert list(clear_expired(before=timezone.now(), batch_size=10)) == []
    an_hour_later = timezone.now() + timedelta(hours=1, seconds=1)
    assert list(clear_expired(before=an_hour_later, batch_size=10)) == [1]
    assert not AccessToken.objects.exists()


def test_all_tokens_of_a_client_are_refused_and_a_new_one_is_not(machine, get_token, status, actor):
    old = [get_token(machine) for _ in range(3)]
    revoke_client_tokens(machine.client, actor=actor)
    new = get_token(machine)
    assert [status(token) for token in old] == [401, 401, 401]
    assert status(new) == 200
    revoke_client_tokens(machine.client, actor=actor)
    assert status(new) == 401


def test_token_of_a_disabled_client_is_refused_until_it_is_enabled(
    machine, get_token, status, actor
):
    token = get_token(machine)
    disable_client(machine.client, actor=actor)
    assert status(token) == 401
    enable_client(machine.client, actor=actor)
    assert status(token) == 200


# What another process changes is seen when the memory of this one is too old.


def revoke_one(machine, token):
    claims = parts(token)[1]
    now = timezone.now()
    AccessToken.objects.create(
        token_hash="a" * 64,
        client=machine.client,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        revoked_at=now,
        jti=claims["jti"],
        format="jwt",
    )


def revoke_all(machine, token):
    Client.objects.update(tokens_valid_after=timezone.now())


def disable(machine, token):
    Client.objects.update(is_active=False)


def delete(machine, token):
    machine.client.delete()


def narrow(machine, token):
    Client.objects.update(allowed_networks=["192.0.2.0/24"])


def deactivate_account(machine, token):
    get_user_model().objects.update(is_active=False)


CHANGES = [revoke_one, revoke_all, disable, delete, narrow, deactivate_account]


@pytest.mark.parametrize("change", CHANGES)
def test_change_of_another_process_is_seen_after_the_refresh(machine, get_token, status, change):
    token = get_token(machine)
    assert status(token) == 200
    change(machine, token)
    let_pass(4)
    assert status(token) == 200
    let_pass(1)
    assert status(token) == 401


@pytest.mark.parametrize("change", CHANGES)
def test_change_of_another_process_is_seen_at_once_when_the_setting_is_zero(
    machine, get_token, status, settings, change
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REVOCATION_REFRESH_SECONDS": 0}
    token = get_token(machine)
    assert status(token) == 200
    change(machine, token)
    assert status(token) == 401


@pytest.mark.parametrize("change", CHANGES)
def test_process_that_starts_afterwards_refuses_at_once(machine, get_token, status, change):
    token = get_token(machine)
    change(machine, token)
    forget_facts()
    assert status(token) == 401
