import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import ClientKey
from oauth_m2m.operations.client_keys import add_client_keys, revoke_client_key
from oauth_m2m.values import Actor
from tests.conftest import Registered
from tests.connections import needs_two_connections
from tests.key_material import certificate_pem, jwk_text, jwks_text

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_key_is_stored_as_it_was_pasted(registered: Registered, actor, trail):
    before = len(trail())
    [pasted] = read_pasted_keys(jwk_text(kid="first"))
    [key] = add_client_keys(registered.client, [pasted], actor=actor, description="hall 2")
    row = ClientKey.objects.values().get()
    assert row == {
        "id": key.pk,
        "client_id": registered.client.pk,
        "kid": "first",
        "public_jwk": pasted.public_jwk,
        "certificate": "",
        "sha256_thumbprint": "",
        "subject_dn": "",
        "description": "hall 2",
        "created_at": key.created_at,
        "created_by_id": None,
        "not_before": None,
        "expires_at": None,
        "last_used_at": None,
        "revoked_at": None,
    }
    detail = {"kid": "first"}
    assert trail(after=before) == [
        ("client_key.created", "the tests", registered.client_id, "", detail)
    ]


def test_certificate_brings_its_names_and_its_time(registered: Registered, actor):
    [pasted] = read_pasted_keys(certificate_pem())
    [key] = add_client_keys(registered.client, [pasted], actor=actor)
    key.refresh_from_db()
    assert (key.kid, key.sha256_thumbprint) == (pasted.sha256_thumbprint, pasted.sha256_thumbprint)
    assert key.subject_dn == "O=Example,CN=orders"
    assert (key.not_before, key.expires_at) == (pasted.not_before, pasted.not_after)
    assert key.certificate.startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    "days, lifetime, ends_after",
    [
        pytest.param(None, None, None, id="nothing ends a bare key"),
        pytest.param(None, 7, 7, id="a bare key ends when the person says so"),
        pytest.param(90, 7, 7, id="a certificate ends when the person says so"),
        pytest.param(3, 7, 3, id="a certificate ends when it says so itself"),
        pytest.param(3, None, 3, id="a certificate alone"),
    ],
)
def test_key_ends_with_whatever_comes_first(
    registered: Registered, actor, days, lifetime, ends_after
):
    now = timezone.now().replace(microsecond=0)
    text = jwk_text() if days is None else certificate_pem(begins=now, days=days)
    [key] = add_client_keys(
        registered.client,
        read_pasted_keys(text),
        actor=actor,
        lifetime=None if lifetime is None else lifetime * DAY,
    )
    if ends_after is None:
        assert key.expires_at is None
    else:
        assert timedelta(0) <= key.expires_at - now - ends_after * DAY < timedelta(minutes=1)


def test_user_who_added_a_key_is_kept(registered: Registered, django_user_model):
    ada = django_user_model.objects.create_user("ada")
    pasted = read_pasted_keys(jwk_text())
    [key] = add_client_keys(registered.client, pasted, actor=Actor("ada", ada))
    key.refresh_from_db()
    assert key.created_by == ada


def test_known_key_id_is_refused_and_none_of_the_set_is_kept(registered: Registered, actor, trail):
    add_client_keys(registered.client, read_pasted_keys(jwk_text(kid="old")), actor=actor)
    before = len(trail())
    pasted = read_pasted_keys(jwks_text("new", "old"))
    with pytest.raises(ValidationError) as caught:
        add_client_keys(registered.client, pasted, actor=actor)
    assert caught.value.messages == ["This client has a key with the id old already."]
    assert [key.kid for key in ClientKey.objects.all()] == ["old"]
    assert trail(after=before) == []


def test_one_key_id_twice_in_a_set_is_refused(registered: Registered, actor):
    with pytest.raises(ValidationError, match="the id twin already"):
        add_client_keys(registered.client, read_pasted_keys(jwks_text("twin", "twin")), actor=actor)
    assert not ClientKey.objects.exists()


def test_two_clients_may_use_the_same_key_id(register, actor):
    for name in ("a", "b"):
        add_client_keys(
            register(name=name).client, read_pasted_keys(jwk_text(kid="1")), actor=actor
        )
    assert ClientKey.objects.filter(kid="1").count() == 2


def test_certificate_that_is_over_is_refused(registered: Registered, actor):
    over = certificate_pem(begins=timezone.now() - 10 * DAY, days=9)
    with pytest.raises(ValidationError) as caught:
        add_client_keys(registered.client, read_pasted_keys(over), actor=actor)
    assert caught.value.messages == ["The certificate O=Example,CN=orders has expired."]
    assert not ClientKey.objects.exists()


def test_revoked_key_is_over_and_audited_once(registered: Registered, actor, trail):
    [key] = add_client_keys(registered.client, read_pasted_keys(jwk_text(kid="1")), actor=actor)
    before = len(trail())
    assert revoke_client_key(key, actor=actor, reason="laptop stolen")
    assert not revoke_client_key(key, actor=actor)
    key.refresh_from_db()
    assert key.state == "revoked"
    assert trail(after=before) == [
        ("client_key.revoked", "the tests", registered.client_id, "laptop stolen", {"kid": "1"})
    ]


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_two_at_once_add_a_key_once(registered: Registered, actor):
    pasted = read_pasted_keys(jwk_text(kid="1"))
    start, refusals = threading.Barrier(2), []

    def add() -> None:
        start.wait()
        try:
            add_client_keys(registered.client, pasted, actor=actor)
        except ValidationError as error:
            refusals.extend(error.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == ["This client has a key with the id 1 already."]
    assert registered.client.keys.count() == 1
