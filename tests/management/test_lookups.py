import pytest
from django.contrib.auth.models import Group, User
from django.core.management.base import CommandError

from oauth_m2m.credential_format import generate_secret
from oauth_m2m.management.lookups import (
    client_with_id,
    group_named,
    listing,
    near_matches,
    quoted,
    resource_server_at,
    user_named,
)
from oauth_m2m.models import Client, ResourceServer

pytestmark = pytest.mark.django_db


def message_of(find, wanted: str) -> str:
    with pytest.raises(CommandError) as caught:
        find(wanted)
    return str(caught.value)


def test_what_exists_is_found():
    client = Client.objects.create(client_id="billing", name="Billing")
    user = User.objects.create_user("anna")
    group = Group.objects.create(name="readers")
    assert client_with_id("billing") == client
    assert user_named("anna") == user
    server = ResourceServer.objects.create(identifier="urn:stock", name="Stock")
    assert group_named("readers") == group
    assert resource_server_at("urn:stock") == server


@pytest.mark.parametrize("typed", ["biling", "BILLING-JOB", "Night run", "night runs"])
def test_unknown_client_is_answered_with_those_of_a_similar_id_or_name(typed):
    Client.objects.create(client_id="billing-job", name="Night run")
    assert message_of(client_with_id, typed) == (
        f'No client has the id "{typed}". Did you mean billing-job (Night run)?'
        " m2m_list_clients shows them all."
    )


def test_unknown_client_with_no_near_one():
    Client.objects.create(client_id="billing-job", name="Night run")
    assert message_of(client_with_id, "xyz") == (
        'No client has the id "xyz". m2m_list_clients shows them all.'
    )


def test_unknown_user_is_answered_with_near_ones_only():
    for username in ("anna", "zacharias"):
        User.objects.create_user(username)
    assert message_of(user_named, "Ana") == (
        'No user is called "Ana". Did you mean anna?'
        " Create the user in the admin first, or leave --service-account out."
    )


def test_unknown_group_is_answered_with_those_that_exist():
    for name in ("readers", "writers"):
        Group.objects.create(name=name)
    assert message_of(group_named, "reader") == (
        'No group is called "reader". Did you mean readers?'
        " The groups are readers, writers. Create the group in the admin first."
    )


def test_no_group_exists():
    assert message_of(group_named, "readers") == (
        'No group is called "readers".'
        " There are no groups yet. Create the group in the admin first."
    )


def test_at_most_three_near_matches_are_named():
    near = near_matches("orders:rea", ["orders:read", "orders:reap", "orders:real", "orders:ream"])
    assert near.count(" or ") == 2


def test_a_listing_is_not_endless():
    names = [f"scope:{number}" for number in range(25)]
    assert listing("scopes", names[:2]) == "The scopes are scope:0, scope:1."
    assert listing("scopes", names[:20]).endswith("scope:18, scope:19.")
    assert listing("scopes", names).endswith("scope:18, scope:19 and 5 more.")


def test_a_secret_in_the_wrong_place_is_not_repeated():
    secret, key_id = generate_secret("m2ms_")
    assert quoted(secret) == f'"m2ms_{key_id}_[redacted]"'
    assert secret[-20:] not in message_of(client_with_id, secret)


def test_unknown_resource_server_is_answered_with_what_there_is():
    for identifier in ("urn:stock", "https://api.example.com"):
        ResourceServer.objects.create(identifier=identifier, name="x")
    assert message_of(resource_server_at, "https://api.example.com/") == (
        'No resource server has the identifier "https://api.example.com/". Did you mean'
        " https://api.example.com? The resource servers are https://api.example.com, urn:stock."
        " Add it in the admin first; --create-scopes creates scopes only."
    )
