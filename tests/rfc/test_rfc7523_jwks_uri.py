"""RFC 7523: the client's keys are at an address of its own."""

import json

import pytest

from oauth_m2m.keys import remote_jwks
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client
from oauth_m2m.operations.client_keys import add_client_keys
from tests.assertions import ACTOR, Signer
from tests.jose import assemble, private_key
from tests.key_faults import spoiled
from tests.key_server import KeyServer, jwk
from tests.rfc.answers import assert_unauthenticated

pytestmark = [pytest.mark.django_db, pytest.mark.rfc("7523", "3")]


@pytest.fixture
def signer(register, secure_key_server: KeyServer) -> Signer:
    registered = register(
        "orders:read", auth_methods=["private_key_jwt"], jwks_uri=secure_key_server.url
    )
    secure_key_server.publish(jwk())
    return Signer(registered, private_key("ES256"), kid=jwk()["kid"])


def test_key_is_fetched_once(signer, post_token, secure_key_server):
    for _ in range(3):
        assert post_token(signer.form()).status_code == 200
    assert secure_key_server.asked == 1


def test_rotated_key_takes_one_more_fetch(signer, post_token, secure_key_server, monkeypatch):
    monkeypatch.setattr(remote_jwks, "RETRY_SECONDS", 0.0)
    assert post_token(signer.form()).status_code == 200
    secure_key_server.publish(jwk(number=1), jwk())
    new = Signer(signer.registered, private_key("ES256", 1), kid=jwk(number=1)["kid"])
    for one in (new, signer, new):
        assert post_token(one.form()).status_code == 200
    assert secure_key_server.asked == 2


def test_registered_key_needs_no_fetch(signer, post_token, secure_key_server):
    add_client_keys(signer.client, read_pasted_keys(json.dumps(jwk())), actor=ACTOR)
    assert post_token(signer.form()).status_code == 200
    assert secure_key_server.asked == 0


@spoiled
def test_last_good_copy_serves_on(signer, post_token, secure_key_server, spoil, monkeypatch):
    assert post_token(signer.form()).status_code == 200
    monkeypatch.setattr("oauth_m2m.keys.fetch.TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(remote_jwks, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(remote_jwks, "RETRY_SECONDS", 0.0)
    spoil(secure_key_server)
    assert post_token(signer.form()).status_code == 200


@pytest.mark.parametrize("kid", ["other", None], ids=["unknown kid", "no kid"])
def test_key_that_is_not_there_is_refused(signer, post_token, kid):
    assertion = signer.sign(signer.header(kid=kid))
    assert_unauthenticated(post_token(signer.form(assertion)), reason="unknown_key")


def test_foreign_key_with_our_kid_is_refused(signer, post_token):
    assertion = assemble(signer.header(), signer.claims(), private_key("ES256", 9))
    assert_unauthenticated(post_token(signer.form(assertion)), reason="wrong_signature")


@spoiled
def test_address_that_gives_no_keys_lets_nobody_in(
    signer, post_token, secure_key_server, spoil, monkeypatch
):
    monkeypatch.setattr("oauth_m2m.keys.fetch.TIMEOUT_SECONDS", 0.3)
    spoil(secure_key_server)
    assert_unauthenticated(post_token(signer.form()), reason="keys_unavailable")


@pytest.mark.parametrize("networks", [[], ["10.0.0.0/8"]], ids=["none", "another"])
def test_private_address_is_not_asked(signer, post_token, secure_key_server, settings, networks):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "JWKS_ALLOWED_NETWORKS": networks}
    assert_unauthenticated(post_token(signer.form()), reason="keys_unavailable")
    assert secure_key_server.asked == 0


def test_plain_http_is_not_asked(signer, post_token, secure_key_server):
    Client.objects.update(jwks_uri=secure_key_server.url.replace("https", "http"))
    assert_unauthenticated(post_token(signer.form()), reason="keys_unavailable")
    assert secure_key_server.asked == 0
