"""Which token is which server's, and who is asked about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from oauth2_provider.models import AccessToken

from oauth_m2m.resource_server.remote import remote_issuer_of
from tests.jose import assemble, good_claims, private_key
from tests.key_server import KeyServer, jwk, running_key_server
from tests.resource_server.remote_endpoint import (
    AUDIENCE,
    REMOTE,
    entry,
    says,
)


@pytest.mark.parametrize(
    "prefix, presented, is_theirs",
    [
        pytest.param("their_", "their_x", True, id="their prefix"),
        pytest.param("their_", "other_x", False, id="another prefix"),
        pytest.param("", "other_x", True, id="everything"),
        pytest.param("", "m2mt_x", False, id="everything, and it is ours"),
        pytest.param("m2m", "m2mt_x", False, id="a prefix that ours have too"),
    ],
)
def test_prefix_decides_who_is_asked(listed, prefix, presented, is_theirs):
    listed(token_prefix=prefix)
    found = remote_issuer_of(presented)
    assert (found is not None) is is_theirs


def test_imported_token_is_never_shown_to_another(settings, listed):
    for prefix, is_theirs in (("", False), ("their_", True)):
        listed(token_prefix=prefix)
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPT_IMPORTED_TOKENS": True}
        assert (remote_issuer_of("their_x") is not None) is is_theirs


def test_longest_prefix_wins(settings, server: KeyServer):
    prefixes = {"https://a.example": "", "https://b.example": "ab", "https://c.example": "a"}
    issuers = {issuer: entry(server, token_prefix=text) for issuer, text in prefixes.items()}
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REMOTE_ISSUERS": issuers}
    found = [remote_issuer_of(presented) for presented in ("abc", "ac", "x")]
    assert [issuer and issuer.issuer for issuer in found] == [
        "https://b.example",
        "https://c.example",
        "https://a.example",
    ]


def signed(**changes: Any) -> str:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": jwk()["kid"]}
    claims = good_claims(**{"iss": REMOTE, "aud": AUDIENCE, **changes})
    return assemble(header, claims, private_key("ES256"))


def test_signed_token_is_asked_about_where_no_keys_are_named(call, server: KeyServer):
    assert call(signed()).status_code == 200
    assert len(server.posted) == 1
    assert call(signed(iss="https://x.example")).status_code == 401
    assert len(server.posted) == 1


def test_signed_token_is_checked_by_keys_where_they_are_named(call, server: KeyServer, listed):
    with running_key_server() as keys:
        keys.publish(jwk())
        listed(jwks_uri=keys.url)
        assert call(signed()).status_code == 200
        assert (keys.asked, server.asked) == (1, 0)
        assert call().status_code == 200
        assert (keys.asked, server.asked) == (1, 1)


def test_token_of_ours_is_never_shown_to_another(call, server: KeyServer, settings, register):
    machine = register("orders:read")
    issuers = {REMOTE: entry(server, token_prefix=""), "https://auth.example.com": entry(server)}
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REMOTE_ISSUERS": issuers}
    for presented in ("m2mt_x", signed(iss="https://auth.example.com")):
        assert call(presented).status_code == 401
    assert machine.client_id
    assert server.asked == 0


@pytest.mark.parametrize("prefix, status", [("", 200), ("their_", 401)], ids=["all", "theirs"])
def test_next_authenticator_gets_what_only_the_catch_all_was_asked(
    http, db, server: KeyServer, listed, prefix, status, django_user_model
):
    listed(token_prefix=prefix)
    says(server, active=False)
    user = django_user_model.objects.create(username="ann")
    AccessToken.objects.create(
        user=user,
        token="their_toolkits",
        scope="orders:read",
        expires=timezone.now() + timedelta(hours=1),
    )
    headers = {"Authorization": "Bearer their_toolkits"}
    assert http.get("/host/dot/ours-first", headers=headers).status_code == status
