"""Token revocation: a client gives back what is its own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.credential_format import generate_token
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, AuditEvent, Client
from oauth_m2m.operations.tokens import clear_expired, revoke_proven_token
from oauth_m2m.tokens import prove_token
from tests.conftest import FORM, Registered
from tests.endpoints import (
    MALFORMED,
    REVOCATION,
    Malformed,
    ask,
    assert_answered,
    assert_refused,
    signed_long_ago,
)

pytestmark = pytest.mark.django_db

formats = pytest.mark.parametrize("token_format", ["opaque", "jwt"])


@pytest.fixture
def revoke(http):
    """Revoke as a client; the answer must be that of success."""

    def revoke(asking: Registered, token: str, **fields: str) -> None:
        assert_answered(ask(http, REVOCATION, asking, {"token": token, **fields}), {})

    return revoke


@pytest.fixture
def call_api(http):
    """Return the status of an API call, and its challenge's error."""

    def call_api(token: str) -> tuple[int, bool]:
        response = http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})
        challenge = response.headers.get("WWW-Authenticate", "")
        return response.status_code, 'error="invalid_token"' in challenge

    return call_api


@pytest.mark.rfc("7009", "2")
@formats
def test_revoked_token_is_refused_by_apis_at_once(
    registered, get_token, revoke, call_api, token_format
):
    Client.objects.update(token_format=token_format)
    token, other = get_token(registered), get_token(registered)
    assert call_api(token) == (200, False)
    revoke(registered, token)
    assert call_api(token) == (401, True)
    assert call_api(other) == (200, False)


@pytest.mark.rfc("7009", "2.2")
@formats
def test_revoking_twice_is_no_error_and_is_audited_once(
    registered, get_token, revoke, call_api, token_format
):
    Client.objects.update(token_format=token_format)
    token = get_token(registered)
    revoke(registered, token)
    revoke(registered, token)
    event = AuditEvent.objects.get(kind="token.revoked")
    row = AccessToken.objects.get()
    assert (event.actor_name, event.client, event.address, event.reason, event.detail) == (
        registered.client_id,
        registered.client,
        "127.0.0.1",
        "",
        {"id": row.pk},
    )
    assert call_api(token) == (401, True)


@pytest.mark.rfc("7009", "2")
def test_revoked_signed_token_has_a_row_until_it_expires(registered, get_token, revoke):
    Client.objects.update(token_format="jwt")
    token = get_token(registered)
    assert not AccessToken.objects.exists()
    revoke(registered, token)
    claims = prove_token(token).claims
    row = AccessToken.objects.get()
    assert (row.token_hash, row.client, row.scope, row.audience, row.jti, row.format) == (
        digest_credential(token),
        registered.client,
        "orders:read",
        ["https://auth.example.com"],
        claims["jti"],
        "jwt",
    )
    assert int(row.expires_at.timestamp()) == claims["exp"]
    assert int(row.issued_at.timestamp()) == claims["iat"]
    after = row.expires_at + timedelta(seconds=1)
    assert list(clear_expired(before=after, batch_size=10)) == [1]


@pytest.mark.rfc("7009", "2.2")
@pytest.mark.parametrize(
    "token",
    [
        pytest.param(generate_token("m2mt_"), id="unknown"),
        pytest.param("m2mt_abc", id="malformed opaque"),
        pytest.param("garbage", id="garbage"),
        pytest.param("ü 水", id="not even ASCII"),
        pytest.param("a.b.c", id="three parts of nothing"),
    ],
)
def test_token_that_nobody_knows_is_no_error(registered, revoke, token):
    revoke(registered, token)
    assert not AuditEvent.objects.filter(kind__contains="token").exists()
    assert not AccessToken.objects.exists()


@pytest.mark.rfc("7009", "2.2")
def test_expired_tokens_are_no_error_and_change_nothing(registered, get_token, revoke):
    opaque = get_token(registered)
    now = timezone.now()
    AccessToken.objects.update(issued_at=now - timedelta(hours=1), expires_at=now)
    for token in (opaque, signed_long_ago(registered, hours=2)):
        revoke(registered, token)
    assert AccessToken.objects.get().revoked_at is None
    assert not AuditEvent.objects.filter(kind="token.revoked").exists()


@pytest.mark.rfc("7009", "2.1")
@formats
def test_token_of_another_client_is_refused_and_works_on(
    registered, register, get_token, http, call_api, token_format
):
    Client.objects.update(token_format=token_format)
    token, stranger = get_token(registered), register()
    event = assert_refused(
        ask(http, REVOCATION, stranger, {"token": token}),
        400,
        "unauthorized_client",
        "The token was issued to another client.",
        kind="revocation.refused",
        reason="token_of_another_client",
    )
    assert event.client == stranger.client
    assert call_api(token) == (200, False)


@pytest.mark.rfc("7009", "2.1")
@pytest.mark.rfc("7009", "2.2.1")
@formats
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "unheard_of", "ü"])
def test_hint_is_ignored(registered, get_token, revoke, call_api, token_format, hint):
    Client.objects.update(token_format=token_format)
    token = get_token(registered)
    revoke(registered, token, token_type_hint=hint)
    assert call_api(token) == (401, True)


@pytest.mark.rfc("7009", "2.2")
def test_revocation_that_another_process_made_is_believed_at_once(
    registered, get_token, revoke, call_api
):
    Client.objects.update(token_format="jwt")
    token = get_token(registered)
    assert call_api(token) == (200, False)
    proven = prove_token(token)
    AccessToken.objects.create(
        token_hash=digest_credential(token),
        client=registered.client,
        issued_at=proven.issued_at,
        expires_at=proven.expires_at,
        revoked_at=timezone.now(),
        jti=proven.claims["jti"],
        format="jwt",
    )
    assert call_api(token) == (200, False), "this process has looked a moment ago"
    revoke(registered, token)
    assert call_api(token) == (401, True)


@formats
def test_token_whose_client_is_deleted_meanwhile_is_revoked_already(
    registered, get_token, actor, token_format
):
    Client.objects.update(token_format=token_format)
    token = get_token(registered)
    proven = prove_token(token)
    Client.objects.all().delete()
    assert revoke_proven_token(proven, token, actor=actor) is False
    assert not AuditEvent.objects.filter(kind="token.revoked").exists()


@formats
def test_token_that_is_revoked_meanwhile_is_revoked_once(
    registered, get_token, actor, token_format
):
    Client.objects.update(token_format=token_format)
    token = get_token(registered)
    proven = prove_token(token)
    assert [revoke_proven_token(proven, token, actor=actor) for _ in range(2)] == [True, False]
    assert AuditEvent.objects.filter(kind="token.revoked").count() == 1


@pytest.mark.rfc("7009", "2.1")
@pytest.mark.parametrize("malformed", MALFORMED)
def test_malformed_request_is_refused(registered, http, malformed: Malformed):
    assert_refused(
        malformed.send(http, REVOCATION, registered),
        malformed.status,
        "invalid_request",
        malformed.description,
        kind="revocation.refused",
        reason=malformed.reason,
    )


@pytest.mark.rfc("7009", "2.1")
def test_request_without_authentication_is_refused_and_revokes_nothing(
    registered, get_token, http, call_api
):
    token = get_token(registered)
    assert_refused(
        http.post(REVOCATION, f"token={token}", content_type=FORM),
        401,
        "invalid_client",
        "No client authentication was included.",
        kind="revocation.refused",
        reason="no_credentials",
    )
    assert call_api(token) == (200, False)


@pytest.mark.rfc("7009", "2.1")
def test_disabled_client_cannot_revoke(registered, get_token, http):
    token = get_token(registered)
    Client.objects.update(is_active=False)
    assert_refused(
        ask(http, REVOCATION, registered, {"token": token}),
        401,
        "invalid_client",
        "Client authentication failed.",
        kind="revocation.refused",
        reason="client_disabled",
    )
