"""Credentials that are well-formed and not good enough: one answer, many private reasons."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.credential_format import generate_secret, generate_token
from oauth_m2m.models import AccessToken, ClientSecret
from oauth_m2m.operations.clients import delete_client, disable_client, enable_client
from oauth_m2m.operations.credentials import add_secret, revoke_secret
from tests.conftest import FORM, TOKEN_URL, Registered
from tests.error_ids import body_of
from tests.rfc.answers import assert_unauthenticated

pytestmark = pytest.mark.django_db

GRANT = "grant_type=client_credentials"


def ask(post_token, client_id: str, secret: str):
    return post_token(
        {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    )


def secret_row(registered: Registered) -> ClientSecret:
    return ClientSecret.objects.get(key_id=registered.key_id)


@pytest.mark.rfc("6749", "5.2")
def test_unknown_client_is_refused(registered, post_token):
    event = assert_unauthenticated(
        ask(post_token, "nobody", registered.secret), reason="unknown_client"
    )
    assert (event.client, event.client_identifier) == (None, "nobody")


@pytest.mark.rfc("6749", "5.2")
@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda _: generate_secret("m2ms_")[0], "unknown_secret"),
        (lambda _: generate_token("m2mt_"), "malformed_secret"),
        (lambda _: "secret", "malformed_secret"),
        (lambda secret: secret[:-1] + ("a" if secret[-1] != "a" else "b"), "malformed_secret"),
        (lambda secret: secret.upper(), "malformed_secret"),
        (lambda secret: secret.removeprefix("m2ms_"), "malformed_secret"),
        (lambda secret: f" {secret}", "malformed_secret"),
    ],
    ids=[
        "another secret",
        "a token",
        "a word",
        "last character wrong",
        "upper case",
        "no prefix",
        "leading space",
    ],
)
def test_wrong_secret_is_refused(registered, post_token, make, reason):
    event = assert_unauthenticated(
        ask(post_token, registered.client_id, make(registered.secret)), reason=reason
    )
    assert event.client_identifier == registered.client_id


@pytest.mark.rfc("6749", "5.2")
def test_secret_whose_digest_differs_is_refused(registered, post_token):
    ClientSecret.objects.update(digest="0" * 64)
    event = assert_unauthenticated(
        ask(post_token, registered.client_id, registered.secret), reason="wrong_secret"
    )
    assert event.client == registered.client


@pytest.mark.rfc("6749", "5.2")
def test_secret_of_another_client_is_refused(register, post_token):
    one, two = register("a"), register("a")
    event = assert_unauthenticated(
        ask(post_token, one.client_id, two.secret), reason="unknown_secret"
    )
    assert event.client == one.client


def test_expired_secret_is_refused(registered, post_token):
    moment = timezone.now()
    ClientSecret.objects.update(created_at=moment - timedelta(days=1), expires_at=moment)
    assert_unauthenticated(
        ask(post_token, registered.client_id, registered.secret), reason="secret_expired"
    )


def test_secret_that_expires_later_works(registered, post_token):
    ClientSecret.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert ask(post_token, registered.client_id, registered.secret).status_code == 200


def test_revoked_secret_is_refused_and_the_others_work_on(registered, post_token, actor):
    second = add_secret(registered.client, actor=actor)
    revoke_secret(secret_row(registered), actor=actor)
    assert_unauthenticated(
        ask(post_token, registered.client_id, registered.secret), reason="secret_revoked"
    )
    assert ask(post_token, registered.client_id, second.clear_secret).status_code == 200


def test_disabled_client_is_refused_until_it_is_enabled(registered, post_token, actor):
    disable_client(registered.client, actor=actor)
    assert_unauthenticated(
        ask(post_token, registered.client_id, registered.secret), reason="client_disabled"
    )
    enable_client(registered.client, actor=actor)
    assert ask(post_token, registered.client_id, registered.secret).status_code == 200


def test_deleted_client_is_unknown(registered, post_token, actor):
    delete_client(registered.client, actor=actor)
    assert_unauthenticated(
        ask(post_token, registered.client_id, registered.secret), reason="unknown_client"
    )


def test_method_that_the_client_may_not_use_is_refused(register, post_token):
    client = register("a", auth_methods=["client_secret_basic"])
    assert_unauthenticated(
        ask(post_token, client.client_id, client.secret), reason="auth_method_not_allowed"
    )


def test_method_that_the_server_switched_off_is_refused(registered, post_token, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "AUTH_METHODS": ["client_secret_basic"]}
    assert_unauthenticated(
        ask(post_token, registered.client_id, registered.secret), reason="auth_method_disabled"
    )


@pytest.mark.parametrize(
    "spoil, reason",
    [
        (lambda client, _: client.update(is_active=False), "client_disabled"),
        (lambda _, secret: secret.update(revoked_at=timezone.now()), "secret_revoked"),
        (lambda client, _: client.update(allowed_networks=["10.0.0.0/8"]), "network_not_allowed"),
    ],
    ids=["disabled", "revoked", "network"],
)
def test_a_wrong_secret_learns_nothing_about_the_client(registered, post_token, spoil, reason):
    spoil(type(registered.client).objects.all(), ClientSecret.objects.all())
    right = ask(post_token, registered.client_id, registered.secret)
    event = assert_unauthenticated(right, reason=reason)
    event.delete()
    ClientSecret.objects.update(digest="0" * 64)
    wrong = ask(post_token, registered.client_id, registered.secret)
    assert_unauthenticated(wrong, reason="wrong_secret")
    assert (body_of(right), right.headers) == (body_of(wrong), wrong.headers)


@pytest.mark.parametrize(
    "address, status",
    [
        ("192.0.2.7", 200),
        ("198.51.100.7", 401),
        ("::ffff:192.0.2.7", 200),
        ("2001:db8::1", 200),
        ("2001:db9::1", 401),
        ("", 401),
        ("garbage", 401),
    ],
)
def test_client_gets_tokens_from_its_networks_only(register, http, address, status):
    client = register("a", allowed_networks=["192.0.2.0/24", "2001:db8::/32"])
    body = f"{GRANT}&client_id={client.client_id}&client_secret={client.secret}"
    response = http.post(TOKEN_URL, body, content_type=FORM, REMOTE_ADDR=address)
    assert response.status_code == status
    if status == 401:
        assert_unauthenticated(response, reason="network_not_allowed")


@pytest.mark.parametrize(
    "forwarded, status",
    [
        ("192.0.2.7", 200),
        ("198.51.100.7", 401),
        ("192.0.2.7, 198.51.100.7", 401),
        ("198.51.100.7, 192.0.2.7", 200),
        ("192.0.2.7, 10.0.0.3", 200),
        ("192.0.2.7, unknown", 401),
        ("192.0.2.7:443", 401),
        ("", 401),
    ],
    ids=[
        "allowed",
        "not allowed",
        "spoofed entry to the left",
        "stranger to the left",
        "two proxies",
        "no address",
        "a port",
        "header absent",
    ],
)
def test_behind_a_proxy_the_forwarded_address_counts(register, http, settings, forwarded, status):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TRUSTED_PROXIES": ["10.0.0.0/8"]}
    client = register("a", allowed_networks=["192.0.2.0/24"])
    body = f"{GRANT}&client_id={client.client_id}&client_secret={client.secret}"
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    response = http.post(
        TOKEN_URL, body, content_type=FORM, REMOTE_ADDR="10.0.0.2", headers=headers
    )
    assert response.status_code == status


def test_a_stranger_cannot_forward_itself(register, http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TRUSTED_PROXIES": ["10.0.0.0/8"]}
    client = register("a", allowed_networks=["192.0.2.0/24"])
    body = f"{GRANT}&client_id={client.client_id}&client_secret={client.secret}"
    response = http.post(
        TOKEN_URL,
        body,
        content_type=FORM,
        REMOTE_ADDR="198.51.100.7",
        headers={"X-Forwarded-For": "192.0.2.7"},
    )
    event = assert_unauthenticated(response, reason="network_not_allowed")
    assert event.address == "198.51.100.7"
    assert not AccessToken.objects.exists()


def test_link_local_caller_is_audited_without_its_interface(db, http):
    response = http.post(TOKEN_URL, GRANT, content_type=FORM, REMOTE_ADDR="fe80::1%eth0")
    event = assert_unauthenticated(
        response,
        description="No client authentication was included.",
        reason="no_credentials",
    )
    assert event.address == "fe80::1"
