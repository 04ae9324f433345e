import pytest

from oauth_m2m.management.registered_client import as_data, as_lines
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def scopes(registered):
    """The scopes of the client, as m2m_create_client has them."""
    grants = registered.client.scope_grants.select_related("scope")
    return {grant.scope: grant.is_default for grant in grants}


def test_secret_is_in_both_forms_once(registered, scopes, actor):
    secret = add_secret(registered.client, actor=actor)
    data = as_data(registered.client, scopes, secret)
    assert (data["client_secret"], data["key_id"]) == (secret.clear_secret, secret.key_id)
    assert "hand_over_url" not in data
    assert list(as_lines(registered.client, scopes, secret)).count(secret.clear_secret) == 1


def test_link_stands_in_the_place_of_the_secret(registered, scopes, actor):
    link = offer_hand_over(registered.client, SecretTerms(), actor=actor)
    data = as_data(registered.client, scopes, link)
    assert (data["client_secret"], data["hand_over_url"]) == (None, link.url)
    lines = list(as_lines(registered.client, scopes, link))
    assert lines.count(link.url) == 1
    assert "It has no secret yet. Make one:" not in lines


def test_neither_is_said_with_the_command_that_makes_one(registered, scopes):
    assert as_data(registered.client, scopes, None)["client_secret"] is None
    lines = list(as_lines(registered.client, scopes, None))
    assert lines[-1] == f"  python manage.py m2m_rotate_secret {registered.client_id}"
