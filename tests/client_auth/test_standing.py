"""What every client is asked last, however it proved itself."""

from datetime import timedelta
from typing import Any

import pytest

from oauth_m2m.client_auth.standing import admit
from oauth_m2m.errors import InvalidClient, Reason
from oauth_m2m.models import Client
from oauth_m2m.models.client_lookup import ClientRecord, GrantedScope, find_client
from oauth_m2m.values import AuthenticatedClient

pytestmark = pytest.mark.django_db

INSIDE, OUTSIDE = "192.0.2.7", "198.51.100.7"
METHODS = ["client_secret_post", "private_key_jwt"]


@pytest.fixture
def client(register) -> Client:
    return register("a", auth_methods=METHODS, allowed_networks=["192.0.2.0/24"]).client


def found(client: Client, **changes: Any) -> ClientRecord:
    Client.objects.filter(pk=client.pk).update(**changes)
    record = find_client(client.client_id)
    assert record is not None
    return record


def test_admitted_client_is_what_its_row_says(client):
    assert admit(found(client), method="private_key_jwt", address=INSIDE) == AuthenticatedClient(
        pk=client.pk,
        client_id=client.client_id,
        method="private_key_jwt",
        secret_pk=None,
        key_pk=None,
        scopes=(GrantedScope("a", True, None, None, None),),  # noqa: FBT003 - in the row's order
        token_format="",
        token_lifetime=None,
        requires_dpop=False,
        requires_certificate=False,
        is_strict=False,
    )


def test_what_the_row_asks_for_travels_along(client):
    record = found(
        client,
        token_format="jwt",
        token_lifetime=90,
        requires_dpop=True,
        requires_certificate=True,
    )
    proven = admit(record, method="private_key_jwt", address=INSIDE, secret_pk=1, key_pk=2)
    assert (proven.secret_pk, proven.key_pk) == (1, 2)
    assert (proven.token_format, proven.token_lifetime) == ("jwt", timedelta(seconds=90))
    assert (proven.requires_dpop, proven.requires_certificate) == (True, True)


@pytest.mark.parametrize("profile", ["", "fapi2"])
@pytest.mark.parametrize("setting", ["", "fapi2"])
def test_client_is_strict_by_itself_or_by_the_setting(client, settings, profile, setting):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROFILE": setting}
    record = found(client, profile=profile)
    proven = admit(record, method="private_key_jwt", address=INSIDE)
    assert proven.is_strict is ("fapi2" in {profile, setting})


REFUSALS = {
    "disabled": ({"is_active": False}, Reason.CLIENT_DISABLED),
    "another method": ({"auth_methods": ["tls_client_auth"]}, Reason.AUTH_METHOD_NOT_ALLOWED),
    "strict": ({"profile": "fapi2"}, Reason.PROFILE_FORBIDS_SECRETS),
    "another network": ({"allowed_networks": ["203.0.113.0/24"]}, Reason.NETWORK_NOT_ALLOWED),
}


@pytest.mark.parametrize("changes, reason", REFUSALS.values(), ids=list(REFUSALS))
def test_client_that_may_not_get_in_is_refused(client, changes, reason):
    assert_refused(client, found(client, **changes), reason)


def test_first_of_several_refusals_is_told(client):
    for changes, reason in reversed(REFUSALS.values()):
        assert_refused(client, found(client, **changes), reason)


@pytest.mark.parametrize("address", [OUTSIDE, None], ids=["outside", "no address"])
def test_network_is_that_of_the_caller(client, address):
    assert_refused(client, found(client), Reason.NETWORK_NOT_ALLOWED, address)
    admit(found(client, allowed_networks=[]), method="client_secret_post", address=address)


def assert_refused(
    client: Client, record: ClientRecord, reason: Reason, address: str | None = INSIDE
) -> None:
    with pytest.raises(InvalidClient) as refused:
        admit(record, method="client_secret_post", address=address)
    refusal = refused.value
    assert (refusal.reason, refusal.client_id, refusal.client_pk) == (
        reason,
        client.client_id,
        client.pk,
    )
