from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client
from oauth_m2m.operations.tokens import (
    clear_expired,
    import_tokens,
    revoke_client_tokens,
    revoke_proven_token,
    revoke_token,
)
from oauth_m2m.tokens import prove_token

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def make_tokens(registered):
    """Store tokens that expire at given moments."""

    def make_tokens(*moments):
        AccessToken.objects.bulk_create(
            AccessToken(
                token_hash=f"{number:064x}",
                client=registered.client,
                issued_at=moment - HOUR,
                expires_at=moment,
            )
            for number, moment in enumerate(moments, AccessToken.objects.count())
        )

    return make_tokens


@pytest.fixture
def status(http):
    """Return what the API answers to a token."""

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return http.get("/api/orders/", headers=headers).status_code

    return status


def test_revoked_token_is_refused_and_others_are_not(registered, get_token, status, actor, trail):
    token, other = get_token(registered), get_token(registered)
    row = AccessToken.objects.order_by("pk").first()
    before = len(trail())
    assert revoke_token(row, actor=actor, reason="leaked") is True
    detail = {"id": row.pk}
    assert trail(after=before) == [
        ("token.revoked", "the tests", registered.client_id, "leaked", detail)
    ]
    assert (status(token), status(other)) == (401, 200)


def test_revoking_a_token_twice_keeps_the_first_moment(registered, get_token, actor, trail):
    get_token(registered)
    token = AccessToken.objects.get()
    revoke_token(token, actor=actor)
    before = list(AccessToken.objects.values()), trail()
    assert revoke_token(token, actor=actor) is False
    assert (list(AccessToken.objects.values()), trail()) == before


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_proven_token_is_revoked_once(register, get_token, status, actor, trail, token_format):
    machine = register("orders:read", token_format=token_format)
    token, other = get_token(machine), get_token(machine)
    # Both were proven before one of them was revoked, as in two processes.
    first, second = prove_token(token), prove_token(token)
    before = len(trail())
    assert revoke_proven_token(first, token, actor=actor, reason="leaked") is True
    assert revoke_proven_token(second, token, actor=actor) is False
    assert revoke_proven_token(prove_token(token), token, actor=actor) is False
    [row] = AccessToken.objects.exclude(revoked_at=None)
    assert trail(after=before) == [
        ("token.revoked", "the tests", machine.client_id, "leaked", {"id": row.pk})
    ]
    assert (status(token), status(other)) == (401, 200)


def test_revoked_signed_token_is_remembered_with_what_it_said(register, get_token, actor):
    machine = register("orders:read", token_format="jwt")
    token = get_token(machine)
    proven = prove_token(token)
    revoke_proven_token(proven, token, actor=actor)
    row = AccessToken.objects.get()
    assert (row.client, row.scope, row.format) == (machine.client, "orders:read", "jwt")
    assert (row.audience, row.jti) == (["https://auth.example.com"], proven.claims["jti"])
    assert (row.issued_at, row.expires_at) == (proven.issued_at, proven.expires_at)
    assert row.token_hash == digest_credential(token)


def test_expired_signed_token_leaves_no_row(register, get_token, actor, trail):
    token = get_token(register("orders:read", token_format="jwt"))
    proven = replace(prove_token(token), expires_at=timezone.now() - HOUR)
    before = len(trail())
    assert revoke_proven_token(proven, token, actor=actor) is False
    assert not AccessToken.objects.exists()
    assert trail(after=before) == []


def test_all_tokens_of_one_client_end_and_new_ones_work(register, get_token, status, actor, trail):
    registered, other = register("orders:read"), register("orders:read")
    old, others = get_token(registered), get_token(other)
    before = len(trail())
    revoke_client_tokens(registered.client, actor=actor, reason="moved house")
    assert trail(after=before) == [
        ("client.tokens_revoked", "the tests", registered.client_id, "moved house", {})
    ]
    assert (status(old), status(others), status(get_token(registered))) == (401, 200, 200)


def test_tokens_of_a_server_whose_clock_is_ahead_end_with_all(
    register, get_token, status, actor, monkeypatch
):
    registered, right = register("orders:read"), timezone.now
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: right() + HOUR / 2)
        token = get_token(registered)
    assert status(token) == 200
    revoke_client_tokens(registered.client, actor=actor)
    assert (status(token), status(get_token(registered))) == (401, 200)


def test_revoking_all_tokens_saves_nothing_else_of_the_client(registered, actor):
    Client.objects.update(is_active=False)
    revoke_client_tokens(registered.client, actor=actor)
    assert Client.objects.get().is_active is False


def test_only_expired_tokens_are_deleted_oldest_first(make_tokens):
    now = timezone.now()
    make_tokens(now + HOUR, now - 3 * HOUR, now - HOUR, now - 2 * HOUR, now)
    batches = clear_expired(before=now, batch_size=2)
    assert next(batches) == 2
    left = AccessToken.objects.order_by("expires_at").values_list("expires_at", flat=True)
    assert list(left.all()) == [now - HOUR, now, now + HOUR]
    assert list(batches) == [1]
    assert list(left.all()) == [now, now + HOUR]


def test_a_full_last_batch_is_followed_by_no_empty_one(make_tokens):
    now = timezone.now()
    make_tokens(*[now - HOUR] * 4)
    assert list(clear_expired(before=now, batch_size=2)) == [2, 2]


def test_nothing_expired_yields_no_batch(make_tokens):
    make_tokens(timezone.now() + HOUR)
    assert list(clear_expired(before=timezone.now(), batch_size=2)) == []
    assert AccessToken.objects.count() == 1


def test_two_at_once_share_the_work(make_tokens):
    now = timezone.now()
    make_tokens(*[now - HOUR] * 5)
    first, second = (clear_expired(before=now, batch_size=2) for _ in range(2))
    assert [next(first), next(second), next(first)] == [2, 2, 1]
    assert [*first, *second] == []


def test_what_another_process_was_first_with_is_no_end(make_tokens, monkeypatch):
    now = timezone.now()
    make_tokens(*[now - HOUR] * 3)
    delete, others = QuerySet.delete, [True]

    def delete_after_another(rows):
        # The whole batch is gone between the choice of its rows and their deletion.
        return (0, {}) if others and others.pop() else delete(rows)

    monkeypatch.setattr(QuerySet, "delete", delete_after_another)
    assert list(clear_expired(before=now, batch_size=2)) == [2, 1]
    assert AccessToken.objects.count() == 0


def test_tokens_of_many_ends_go_range_by_range(make_tokens, django_assert_num_queries):
    now = timezone.now()
    make_tokens(*[now - hours * HOUR for hours in (1, 2, 2, 3, 3, 3, 4)])
    batches = clear_expired(before=now, batch_size=3)
    with django_assert_num_queries(2):
        assert next(batches) == 1
    left = AccessToken.objects.order_by("expires_at").values_list("expires_at", flat=True)
    assert list(left) == [now - hours * HOUR for hours in (3, 3, 3, 2, 2, 1)]
    assert list(batches) == [3, 3]


def test_more_tokens_than_a_batch_with_one_end_go_by_their_ids(make_tokens):
    now = timezone.now()
    make_tokens(*[now - HOUR] * 5, now - 2 * HOUR, now - HOUR / 2)
    assert list(clear_expired(before=now, batch_size=2)) == [1, 2, 2, 2]


def test_a_batch_is_never_more_than_a_statement_can_name(make_tokens):
    now = timezone.now()
    make_tokens(*[now - HOUR] * 30_001)
    assert list(clear_expired(before=now, batch_size=1_000_000)) == [30_000, 1]


def test_a_batch_takes_two_statements_whatever_its_size(make_tokens, django_assert_num_queries):
    now = timezone.now()
    for size in (10, 1_000):
        make_tokens(*[now - HOUR] * size)
        batches = clear_expired(before=now, batch_size=size)
        # Where it ends, and the DELETE.
        with django_assert_num_queries(2):
            assert next(batches) == size


def test_imported_tokens_are_stored_for_the_client(registered, actor, trail):
    now = timezone.now()
    tokens = [
        AccessToken(token_hash=f"{number:064x}", scope="a", issued_at=now, expires_at=now + HOUR)
        for number in range(3)
    ]
    before = len(trail())
    import_tokens(registered.client, tokens, source="elsewhere", actor=actor)
    rows = AccessToken.objects.filter(client=registered.client).order_by("token_hash")
    assert list(rows.values_list("token_hash", flat=True)) == [f"{n:064x}" for n in range(3)]
    detail = {"tokens": 3, "source": "elsewhere"}
    assert trail(after=before) == [
        ("client.tokens_imported", "the tests", registered.client_id, "", detail)
    ]
