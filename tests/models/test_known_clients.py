"""``CLIENT_CACHE_SECONDS``: what the token endpoint may believe, held to the second."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m import usage
from oauth_m2m.credential_format import _seal
from oauth_m2m.models import Client, ClientKey, ClientScope, ClientSecret, UsageCount, known_clients
from oauth_m2m.models.client_lookup import find_client
from oauth_m2m.models.known_clients import known_client, remember_client
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.operations.credentials import add_secret, import_secret
from tests.assertions import register_signer
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

SECONDS = 5
INSTANT = 2**-10


@pytest.fixture(autouse=True)
def cached(settings, stopped_age):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_CACHE_SECONDS": SECONDS}


@pytest.fixture
def machine(register) -> Registered:
    return register("a", token_format="jwt")


@pytest.fixture
def ask(post_token) -> Callable[..., tuple[int, int]]:
    """Ask for a token; returns the status of the answer and the statements that it took."""

    def ask(machine: Registered, **fields: str) -> tuple[int, int]:
        form = {"grant_type": "client_credentials", **machine.credentials, **fields}
        with CaptureQueriesContext(connection) as statements:
            status = post_token(form).status_code
        return status, len(statements)

    return ask


@pytest.fixture(autouse=True)
def _signing_key(register, ask):
    # Made before anything is counted.
    assert ask(register("a", token_format="jwt"))[0] == 200


def secrets_of(machine: Registered):
    return ClientSecret.objects.filter(client=machine.client)


# As another process does it: this one is not told.
CHANGES = {
    "secret revoked": (lambda m: secrets_of(m).update(revoked_at=timezone.now()), 401),
    "secret deleted": (lambda m: secrets_of(m).delete(), 401),
    "secret replaced": (lambda m: secrets_of(m).update(digest="f" * 64), 401),
    "client disabled": (lambda _: Client.objects.update(is_active=False), 401),
    "method forbidden": (lambda _: Client.objects.update(auth_methods=["private_key_jwt"]), 401),
    "network forbidden": (lambda _: Client.objects.update(allowed_networks=["10.0.0.0/8"]), 401),
    "scope taken away": (lambda m: ClientScope.objects.filter(client=m.client).delete(), 400),
    "made strict": (lambda _: Client.objects.update(profile="fapi2"), 401),
    "DPoP required": (lambda _: Client.objects.update(requires_dpop=True), 400),
}


@pytest.mark.parametrize("change, status", CHANGES.values(), ids=list(CHANGES))
def test_change_holds_after_the_documented_seconds(machine, ask, stopped_age, change, status):
    assert ask(machine) == (200, 1)
    change(machine)
    stopped_age.now += SECONDS - INSTANT
    assert ask(machine) == (200, 0)
    stopped_age.now += INSTANT
    assert ask(machine)[0] == status


@pytest.mark.parametrize("change, status", CHANGES.values(), ids=list(CHANGES))
def test_without_the_setting_it_holds_at_once(machine, ask, settings, change, status):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_CACHE_SECONDS": 0}
    assert [ask(machine), ask(machine)] == [(200, 1), (200, 1)]
    change(machine)
    assert ask(machine)[0] == status


def test_asking_again_and_again_does_not_stretch_the_seconds(machine, ask, stopped_age):
    assert ask(machine) == (200, 1)
    Client.objects.update(is_active=False)
    for _ in range(SECONDS - 1):
        stopped_age.now += 1
        assert ask(machine) == (200, 0)
    stopped_age.now += 1
    assert ask(machine)[0] == 401


def test_setting_that_is_lowered_holds_at_once(machine, ask, settings, stopped_age):
    assert ask(machine) == (200, 1)
    stopped_age.now += 2
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_CACHE_SECONDS": 2}
    assert ask(machine) == (200, 1)


@pytest.mark.parametrize(
    "fields",
    [{"retiring_since": timezone.now()}, {"awaits_use": True}],
    ids=["it is being replaced", "it is proposed"],
)
def test_secret_whose_row_each_use_may_change_is_not_kept(machine, ask, fields):
    secrets_of(machine).update(**fields)
    assert ask(machine)[0] == 200
    secrets_of(machine).update(revoked_at=timezone.now())
    assert ask(machine)[0] == 401


@pytest.mark.parametrize(
    "spoil, mend",
    [
        ({"is_active": False}, {"is_active": True}),
        ({"auth_methods": ["private_key_jwt"]}, {"auth_methods": ["client_secret_post"]}),
        ({"allowed_networks": ["10.0.0.0/8"]}, {"allowed_networks": []}),
    ],
    ids=["disabled", "method", "network"],
)
def test_who_was_refused_is_not_kept(machine, ask, spoil, mend):
    Client.objects.update(**spoil)
    assert ask(machine)[0] == 401
    Client.objects.update(**mend)
    assert ask(machine) == (200, 1)


def test_secret_that_came_too_early_is_not_kept(machine, ask):
    secrets_of(machine).update(revoked_at=timezone.now())
    assert ask(machine)[0] == 401
    secrets_of(machine).update(revoked_at=None)
    assert ask(machine) == (200, 1)


def test_unknown_client_is_looked_up_each_time():
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            assert known_client("nobody") is None
        assert len(statements) == 1


def test_wrong_secret_is_refused_while_the_right_one_is_kept(machine, ask):
    assert ask(machine) == (200, 1)
    # Of the same key id, and well-formed: only its digest is another.
    forged = _seal(f"m2ms_{machine.key_id}_{'0' * 43}")
    assert ask(machine, client_secret=forged)[0] == 401
    assert ask(machine) == (200, 0)


def test_kept_secret_proves_only_its_own_client(machine, register, ask):
    other = register("a", token_format="jwt")
    assert ask(machine) == (200, 1)
    assert ask(other) == (200, 1)
    assert ask(machine, client_secret=other.secret)[0] == 401
    assert ask(machine) == (200, 0)


def test_secret_that_ends_meanwhile_ends_to_the_second(machine, ask, settings, monkeypatch):
    now = timezone.now()
    secrets_of(machine).update(expires_at=now + timedelta(seconds=3))
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=2.999))
    assert [ask(machine), ask(machine)] == [(200, 1), (200, 0)]
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=3))
    assert ask(machine)[0] == 401


def test_each_secret_of_a_client_is_looked_up(machine, ask, actor):
    second = add_secret(machine.client, actor=actor)
    assert ask(machine) == (200, 1)
    assert ask(machine, client_secret=second.clear_secret) == (200, 1)
    assert ask(machine) == (200, 0)
    assert ask(machine, client_secret=second.clear_secret) == (200, 0)


def test_what_this_process_does_itself_it_sees_at_once(machine, ask, actor):
    assert ask(machine) == (200, 1)
    disable_client(machine.client, actor=actor)
    assert ask(machine)[0] == 401


def test_use_of_a_kept_client_is_counted(machine, ask):
    for _ in range(3):
        assert ask(machine)[0] == 200
    usage.flush()
    row = UsageCount.objects.get(client=machine.client, kind=UsageCount.Kind.TOKEN_ISSUED)
    assert row.count == 3
    assert secrets_of(machine).get().last_used_at is not None


def test_an_imported_secret_is_kept_once_its_hash_is_fast(machine, ask, actor):
    stored = make_password("correct horse")
    import_secret(
        machine.client, digest=stored, algorithm="django", source="elsewhere", actor=actor
    )
    imported = {"client_secret": "correct horse"}
    # The first replaces the hash, the second reads the new one, the third knows it.
    assert [ask(machine, **imported)[1] for _ in range(3)] == [2, 1, 0]


def test_key_of_an_assertion_is_believed_for_as_long(register, post_token, stopped_age):
    signer = register_signer(register)
    assert post_token(signer.form()).status_code == 200
    ClientKey.objects.update(revoked_at=timezone.now())
    stopped_age.now += SECONDS - INSTANT
    assert post_token(signer.form()).status_code == 200
    stopped_age.now += INSTANT
    assert post_token(signer.form()).status_code == 401


def test_replayed_assertion_is_refused_all_the_same(register, post_token):
    form = register_signer(register).form()
    assert [post_token(form).status_code for _ in range(2)] == [200, 401]


def test_kept_client_is_the_one_that_was_found(machine, stopped_age):
    found = known_client(machine.client_id, machine.key_id)
    remember_client(found)
    Client.objects.update(is_active=False)
    assert known_client(machine.client_id, machine.key_id) is found
    assert known_client(machine.client_id).is_active is False
    assert "lookup" not in repr(found)


def test_client_that_nobody_looked_up_here_is_not_kept(machine):
    remember_client(find_client(machine.client_id, machine.key_id))
    assert len(known_clients._known) == 0


def test_memory_is_bounded():
    assert known_clients._known.max_entries == known_clients.MAX_CLIENTS == 10_000
