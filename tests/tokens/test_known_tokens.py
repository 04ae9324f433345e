"""``VERIFICATION_CACHE_SECONDS``: what an API may believe, held to the second."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m import usage
from oauth_m2m.credential_format import generate_token
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client, UsageCount
from oauth_m2m.operations.tokens import revoke_token
from oauth_m2m.tokens import known_tokens, verify_token
from tests.conftest import FORM, Registered

pytestmark = pytest.mark.django_db

SECONDS = 5
INSTANT = 2**-10
ADDRESS = "192.0.2.7"


@pytest.fixture(autouse=True)
def cached(settings, stopped_age):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "VERIFICATION_CACHE_SECONDS": SECONDS}


@pytest.fixture
def account():
    return get_user_model().objects.create_user("robot")


@pytest.fixture
def machine(register, account) -> Registered:
    return register("a", service_account=account)


@pytest.fixture
def token(machine, get_token) -> str:
    return get_token(machine)


@pytest.fixture
def post_introspection(http, machine) -> Callable[[str], bool]:
    def post_introspection(token: str) -> bool:
        form = urlencode({"token": token, **machine.credentials})
        response = http.post("/oauth/introspect", form, content_type=FORM)
        return response.json()["active"]

    return post_introspection


def verify(token: str, address: str | None = ADDRESS) -> tuple[Reason | None, int]:
    """Return why the token is refused, or None, and the statements that it took to know."""
    reason = None
    with CaptureQueriesContext(connection) as statements:
        try:
            verify_token(token, address)
        except InvalidToken as refused:
            reason = refused.reason
    return reason, len(statements)


# As another process does it: this one is not told.
CHANGES: dict[str, tuple[Callable[[], object], Reason]] = {
    "token revoked": (
        lambda: AccessToken.objects.update(revoked_at=timezone.now()),
        Reason.TOKEN_REVOKED,
    ),
    "all tokens revoked": (
        lambda: Client.objects.update(tokens_valid_after=timezone.now()),
        Reason.TOKEN_REVOKED,
    ),
    "token deleted": (lambda: AccessToken.objects.all().delete(), Reason.UNKNOWN_TOKEN),
    "client disabled": (
        lambda: Client.objects.update(is_active=False),
        Reason.CLIENT_DISABLED,
    ),
    "network forbidden": (
        lambda: Client.objects.update(allowed_networks=["10.0.0.0/8"]),
        Reason.NETWORK_NOT_ALLOWED,
    ),
    "service account disabled": (
        lambda: get_user_model().objects.update(is_active=False),
        Reason.SERVICE_ACCOUNT_INACTIVE,
    ),
}


@pytest.mark.parametrize("change, reason", CHANGES.values(), ids=list(CHANGES))
def test_change_holds_after_the_documented_seconds(token, stopped_age, change, reason):
    assert verify(token) == (None, 1)
    change()
    stopped_age.now += SECONDS - INSTANT
    assert verify(token) == (None, 0)
    stopped_age.now += INSTANT
    assert verify(token) == (reason, 1)


@pytest.mark.parametrize("change, reason", CHANGES.values(), ids=list(CHANGES))
def test_without_the_setting_it_holds_at_once(token, settings, change, reason):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "VERIFICATION_CACHE_SECONDS": 0}
    assert [verify(token), verify(token)] == [(None, 1), (None, 1)]
    change()
    assert verify(token) == (reason, 1)


def test_calling_again_and_again_does_not_stretch_the_seconds(token, stopped_age):
    assert verify(token) == (None, 1)
    AccessToken.objects.update(revoked_at=timezone.now())
    for _ in range(SECONDS - 1):
        stopped_age.now += 1
        assert verify(token) == (None, 0)
    stopped_age.now += 1
    assert verify(token) == (Reason.TOKEN_REVOKED, 1)


def test_token_that_ends_meanwhile_ends_to_the_moment(token, monkeypatch):
    ends_at = AccessToken.objects.get().expires_at
    monkeypatch.setattr(timezone, "now", lambda: ends_at - timedelta(microseconds=1))
    assert [verify(token), verify(token)] == [(None, 1), (None, 0)]
    monkeypatch.setattr(timezone, "now", lambda: ends_at)
    assert verify(token) == (Reason.TOKEN_EXPIRED, 0)


def test_audience_and_network_are_checked_at_every_call(token, settings):
    AccessToken.objects.update(audience=["https://auth.example.com"])
    Client.objects.update(allowed_networks=["192.0.2.0/24"])
    assert verify(token) == (None, 1)
    assert verify(token, "198.51.100.7") == (Reason.NETWORK_NOT_ALLOWED, 0)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPTED_AUDIENCES": ["https://other.example"]}
    assert verify(token) == (Reason.WRONG_AUDIENCE, 0)


def test_binding_is_checked_at_every_call(token, http):
    AccessToken.objects.update(confirmation={"jkt": "a" * 43})
    headers = {"Authorization": f"Bearer {token}"}
    assert verify(token) == (None, 1)
    assert http.get("/api/orders/", headers=headers).status_code == 401


MENDS: dict[str, Callable[[], object]] = {
    "token revoked": lambda: AccessToken.objects.update(revoked_at=None),
    "all tokens revoked": lambda: Client.objects.update(tokens_valid_after=None),
    "client disabled": lambda: Client.objects.update(is_active=True),
    "service account disabled": lambda: get_user_model().objects.update(is_active=True),
}


@pytest.mark.parametrize("name", MENDS)
def test_what_was_refused_is_asked_about_each_time(token, name):
    change, reason = CHANGES[name]
    change()
    assert [verify(token), verify(token)] == [(reason, 1), (reason, 1)]
    MENDS[name]()
    assert verify(token) == (None, 1)


def test_unknown_and_malformed_tokens_are_not_kept():
    assert [verify(generate_token("m2mt_")) for _ in range(2)] == [(Reason.UNKNOWN_TOKEN, 1)] * 2
    assert verify("m2mt_x") == (Reason.MALFORMED_TOKEN, 0)
    assert len(known_tokens._known) == 0


def test_what_this_process_does_itself_it_sees_at_once(token, actor):
    assert verify(token) == (None, 1)
    revoke_token(AccessToken.objects.get(), actor=actor)
    assert verify(token) == (Reason.TOKEN_REVOKED, 1)


def test_calls_with_a_kept_token_are_counted(token, machine, http, register):
    AccessToken.objects.update(scope="orders:read")
    headers = {"Authorization": f"Bearer {token}"}
    assert [http.get("/api/orders/", headers=headers).status_code for _ in range(3)] == [200] * 3
    usage.flush()
    row = UsageCount.objects.get(client=machine.client, kind=UsageCount.Kind.API_CALL)
    assert row.count == 3


def test_introspection_always_asks(token, machine, post_introspection):
    assert verify(token) == (None, 1)
    assert post_introspection(token) is True
    AccessToken.objects.update(revoked_at=timezone.now())
    assert verify(token) == (None, 0)
    assert post_introspection(token) is False


def test_token_is_kept_by_its_digest_alone(token):
    verify_token(token, ADDRESS)
    [(key, kept)] = known_tokens._known._state[0].items()
    assert key == digest_credential(token)
    assert token not in repr(kept)


def test_what_a_view_changes_shows_in_no_other_call(token):
    confirmation = {"x5t#S256": "a"}
    AccessToken.objects.update(audience=["https://auth.example.com"], confirmation=confirmation)
    for _ in range(3):
        verified = verify_token(token, ADDRESS)
        assert verified.claims["aud"] == ["https://auth.example.com"]
        assert verified.claims["cnf"] == verified.confirmation == confirmation
        assert "mine" not in verified.claims
        verified.claims["aud"].append("https://other.example")
        verified.claims["cnf"].clear()
        verified.claims["mine"] = 1
        verified.confirmation.clear()


def test_each_call_has_a_user_of_its_own_that_asks_for_its_permissions(token, account):
    permission = Permission.objects.get(codename="view_client")
    first = verify_token(token, ADDRESS).service_account
    assert first == account
    assert not first.has_perm("oauth_m2m.view_client")
    first.username = "changed"
    account.user_permissions.add(permission)
    second = verify_token(token, ADDRESS).service_account
    assert second.username == "robot"
    assert second.has_perm("oauth_m2m.view_client")


def test_client_without_a_service_account_has_none(register, get_token):
    token = get_token(register("a"))
    assert [verify_token(token, ADDRESS).service_account for _ in range(2)] == [None, None]


def test_imported_token_is_kept_too(machine, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPT_IMPORTED_TOKENS": True}
    now = timezone.now()
    AccessToken.objects.create(
        token_hash=digest_credential("of another server"),
        client=machine.client,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )
    assert [verify("of another server") for _ in range(2)] == [(None, 1), (None, 0)]


def test_memory_is_bounded():
    assert known_tokens._known.max_entries == known_tokens.MAX_TOKENS == 10_000
