from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.credential_format import imported_key_id
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import ClientSecret
from oauth_m2m.operations.credentials import (
    add_secret,
    import_secret,
    newest_key_id,
    revoke_secret,
    rotate_secret,
)
from oauth_m2m.values import Actor, NewSecret

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def works(post_token):
    """Whether a secret of the client gets a token now."""

    def works(registered, secret: str) -> bool:
        fields = {"grant_type": "client_credentials", **registered.credentials}
        return post_token({**fields, "client_secret": secret}).status_code == 200

    return works


def ends_in(key_id: str) -> timedelta | None:
    expires_at = ClientSecret.objects.get(key_id=key_id).expires_at
    return None if expires_at is None else expires_at - timezone.now()


def is_about(duration: timedelta | None, expected: timedelta) -> bool:
    return duration is not None and expected - 10 * SECOND < duration <= expected


def test_added_secret_works_beside_the_old_one(registered, actor, works, trail):
    before = len(trail())
    new = add_secret(registered.client, actor=actor, description="for the night job")
    assert works(registered, new.clear_secret)
    assert works(registered, registered.secret)
    row = ClientSecret.objects.get(pk=new.pk)
    assert row.digest == digest_credential(new.clear_secret)
    assert row.hint == new.clear_secret[-4:]
    assert (row.key_id, row.description) == (new.key_id, "for the night job")
    assert (row.expires_at, new.expires_at, row.created_by) == (None, None, None)
    detail = {"key_id": new.key_id, "expires_at": None}
    assert trail(after=before) == [
        ("secret.created", "the tests", registered.client_id, "", detail)
    ]


def test_new_secret_knows_its_user(registered):
    user = User.objects.create_user("anna")
    new = add_secret(registered.client, actor=Actor("anna", user=user))
    assert ClientSecret.objects.get(pk=new.pk).created_by == user


def test_secret_expires_after_its_lifetime(registered, actor, trail):
    new = add_secret(registered.client, actor=actor, lifetime=30 * DAY)
    assert is_about(ends_in(new.key_id), 30 * DAY)
    assert new.expires_at == ClientSecret.objects.get(pk=new.pk).expires_at
    assert trail()[-1][-1]["expires_at"] == new.expires_at.isoformat()


@override_settings(OAUTH_M2M={"SECRET_LIFETIME": 90 * DAY})
def test_the_setting_is_the_lifetime_unless_told_otherwise(registered, actor):
    assert is_about(ends_in(add_secret(registered.client, actor=actor).key_id), 90 * DAY)
    new = add_secret(registered.client, actor=actor, lifetime=DAY)
    assert is_about(ends_in(new.key_id), DAY)


def test_newest_key_id_is_that_of_the_last_secret(register, actor):
    registered = register("orders:read")
    assert newest_key_id(registered.client) == registered.key_id
    new = add_secret(registered.client, actor=actor)
    assert newest_key_id(registered.client) == new.key_id
    ClientSecret.objects.all().delete()
    assert newest_key_id(registered.client) == ""


@pytest.mark.parametrize("operation", [add_secret, rotate_secret])
def test_form_sent_twice_makes_one_secret(registered, actor, trail, operation):
    seen = newest_key_id(registered.client)
    operation(registered.client, actor=actor, expected_newest=seen)
    before = list(ClientSecret.objects.order_by("pk").values()), trail()
    with pytest.raises(ValidationError) as caught:
        operation(registered.client, actor=actor, expected_newest=seen)
    assert caught.value.code == "stale"
    assert (list(ClientSecret.objects.order_by("pk").values()), trail()) == before


def test_rotation_lets_the_old_secret_work_for_the_setting(registered, actor, works, trail):
    before = len(trail())
    new = rotate_secret(registered.client, actor=actor, description="in autumn")
    assert works(registered, registered.secret)
    assert works(registered, new.clear_secret)
    assert is_about(ends_in(registered.key_id), DAY)
    assert ends_in(new.key_id) is None
    assert ClientSecret.objects.get(pk=new.pk).description == "in autumn"
    [(kind, who, client_id, reason, detail)] = trail(after=before)
    assert (kind, who, client_id, reason) == (
        "secret.rotated",
        "the tests",
        registered.client_id,
        "",
    )
    old = ClientSecret.objects.get(key_id=registered.key_id)
    assert detail == {
        "key_id": new.key_id,
        "expires_at": None,
        "old": [registered.key_id],
        "old_end_at": old.expires_at.isoformat(),
    }


def test_overlap_and_lifetime_can_be_said(registered, actor):
    new = rotate_secret(registered.client, actor=actor, overlap=HOUR, lifetime=30 * DAY)
    assert is_about(ends_in(registered.key_id), HOUR)
    assert is_about(ends_in(new.key_id), 30 * DAY)


@pytest.mark.parametrize(
    "was, becomes",
    [
        pytest.param(HOUR / 2, HOUR / 2, id="sooner than the overlap"),
        pytest.param(3 * HOUR, HOUR, id="later than the overlap"),
    ],
)
def test_overlap_only_shortens(registered, actor, was, becomes):
    ClientSecret.objects.update(expires_at=timezone.now() + was)
    rotate_secret(registered.client, actor=actor, overlap=HOUR)
    assert is_about(ends_in(registered.key_id), becomes)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"revoke_old": True}, id="revoke the old ones"),
        pytest.param({"revoke_old": True, "overlap": HOUR}, id="whatever the overlap"),
        pytest.param({"overlap": timedelta(0)}, id="no overlap"),
    ],
)
def test_old_secret_can_stop_at_once(registered, actor, works, trail, how):
    new = rotate_secret(registered.client, actor=actor, **how)
    assert not works(registered, registered.secret)
    assert works(registered, new.clear_secret)
    old = ClientSecret.objects.get(key_id=registered.key_id)
    rotation = next(row for row in trail() if row[0] == "secret.rotated")
    assert rotation[-1]["old_end_at"] == old.revoked_at.isoformat()


def test_rotation_leaves_what_is_over_and_other_clients_alone(register, actor, trail):
    registered, other = register("orders:read"), register("orders:read")
    now = timezone.now()
    expired, revoked = (add_secret(registered.client, actor=actor) for _ in range(2))
    ClientSecret.objects.filter(pk=expired.pk).update(created_at=now - DAY, expires_at=now - HOUR)
    ClientSecret.objects.filter(pk=revoked.pk).update(revoked_at=now - HOUR)
    untouched = ClientSecret.objects.exclude(key_id=registered.key_id).order_by("pk")
    before = list(untouched.values())
    new = rotate_secret(registered.client, actor=actor, revoke_old=True)
    assert list(untouched.exclude(pk=new.pk).values()) == before
    assert other.key_id in {row["key_id"] for row in before}
    assert trail()[-1][-1]["old"] == [registered.key_id]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    "connection.vendor == 'sqlite'", reason="SQLite has one writer at a time and no row locks"
)
def test_two_who_rotate_at_once_make_one_secret(registered, actor):
    seen, start = newest_key_id(registered.client), Barrier(2)

    def rotate(_number: int) -> NewSecret | str:
        start.wait()
        try:
            return rotate_secret(registered.client, actor=actor, expected_newest=seen)
        except ValidationError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        first, second = sorted(people.map(rotate, range(2)), key=lambda result: result == "stale")
    assert second == "stale"
    assert newest_key_id(registered.client) == first.key_id
    assert registered.client.secrets.count() == 2


def test_revoked_secret_stops_and_others_go_on(registered, actor, works, trail):
    new = add_secret(registered.client, actor=actor)
    old = ClientSecret.objects.get(key_id=registered.key_id)
    before = len(trail())
    assert revoke_secret(old, actor=actor, reason="leaked") is True
    detail = {"key_id": registered.key_id}
    assert trail(after=before) == [
        ("secret.revoked", "the tests", registered.client_id, "leaked", detail)
    ]
    assert not works(registered, registered.secret)
    assert works(registered, new.clear_secret)


def test_revoking_twice_keeps_the_first_moment(registered, actor, trail):
    secret = ClientSecret.objects.get(key_id=registered.key_id)
    revoke_secret(secret, actor=actor)
    before = list(ClientSecret.objects.values()), trail()
    assert revoke_secret(secret, actor=actor) is False
    assert (list(ClientSecret.objects.values()), trail()) == before


def test_imported_secret_works_and_lives_for_ever(registered, actor, works, trail, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SECRET_LIFETIME": DAY}
    before = len(trail())
    row = import_secret(
        registered.client,
        digest=digest_credential("correct horse"),
        algorithm="sha256",
        source="elsewhere",
        actor=actor,
    )
    assert works(registered, "correct horse")
    assert (row.key_id, row.hint, row.expires_at, row.description, row.created_by) == (
        imported_key_id(registered.client_id),
        "",
        None,
        "imported from elsewhere",
        None,
    )
    detail = {"key_id": row.key_id, "source": "elsewhere"}
    assert trail(after=before) == [
        ("secret.imported", "the tests", registered.client_id, "", detail)
    ]


def test_user_who_imports_a_secret_is_remembered(registered, admin_user):
    by_user = Actor("admin", user=admin_user)
    row = import_secret(
        registered.client, digest="d", algorithm="sha256", source="s", actor=by_user
    )
    assert row.created_by == admin_user


def test_client_imports_one_secret_only(registered, actor):
    fields = {"digest": "d", "algorithm": "sha256", "source": "elsewhere", "actor": actor}
    import_secret(registered.client, **fields)
    with pytest.raises(IntegrityError):
        import_secret(registered.client, **fields)


def _expire(row: ClientSecret, _actor: Actor) -> None:
    ended = timezone.now()
    ClientSecret.objects.filter(pk=row.pk).update(created_at=ended - DAY, expires_at=ended)


@pytest.mark.parametrize(
    "end",
    [
        lambda row, actor: revoke_secret(row, actor=actor),
        lambda row, actor: rotate_secret(row.client, actor=actor, revoke_old=True),
        _expire,
    ],
    ids=["revoked", "rotated away", "expired"],
)
def test_imported_secret_ends_like_any_other(registered, actor, works, end):
    row = import_secret(
        registered.client,
        digest=digest_credential("correct horse"),
        algorithm="sha256",
        source="elsewhere",
        actor=actor,
    )
    end(row, actor)
    assert not works(registered, "correct horse")


def test_imported_secret_overlaps_when_it_is_rotated(registered, actor, works):
    fields = {"digest": digest_credential("correct horse"), "algorithm": "sha256"}
    row = import_secret(registered.client, **fields, source="elsewhere", actor=actor)
    new = rotate_secret(registered.client, actor=actor, overlap=HOUR)
    assert works(registered, "correct horse")
    assert works(registered, new.clear_secret)
    assert is_about(ends_in(row.key_id), HOUR)
