"""A hand-over link that stands where others read it."""

import pytest

from oauth_m2m.credential_format import generate_token
from oauth_m2m.models import HandOver
from oauth_m2m.operations.hand_overs import (
    SecretTerms,
    claim_hand_over,
    offer_hand_over,
    withdraw_hand_over,
)
from oauth_m2m.operations.leaks import find_credential, report_leak

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(registered, actor) -> str:
    """The token of a link that works."""
    return offer_hand_over(registered.client, SecretTerms(), actor=actor).url.rpartition("/")[2]


def state_of(token: str) -> str:
    return find_credential(token).state


def test_link_is_recognised(registered, token):
    found = find_credential(token)
    assert (found.credential, found.state) == ("hand_over_link", "active")
    assert (found.client_id, found.client_name) == (registered.client_id, "A client")
    assert token[-20:] not in repr(found)


def test_link_of_another_server_is_unknown(registered):
    found = find_credential(generate_token("m2mh_"))
    assert (found.credential, found.state, found.client_id) == ("hand_over_link", "unknown", "")


def test_link_that_is_over_works_no_more(token, registered, actor):
    claim_hand_over(token, address=None)
    assert state_of(token) == "claimed"
    other = offer_hand_over(registered.client, SecretTerms(), actor=actor)
    withdraw_hand_over(HandOver.objects.get(pk=other.pk), actor=actor)
    assert state_of(other.url.rpartition("/")[2]) == "revoked"
    late = offer_hand_over(registered.client, SecretTerms(), actor=actor)
    rows = HandOver.objects.filter(pk=late.pk)
    rows.update(created_at="2026-01-01T00:00Z", expires_at="2026-01-02T00:00Z")
    assert state_of(late.url.rpartition("/")[2]) == "expired"


def test_reported_link_is_withdrawn_and_no_secret_ended(token, registered, actor, trail):
    before = len(trail())
    found = find_credential(token)
    assert report_leak(found, revoke=True, actor=actor, source="a test") is True
    assert HandOver.objects.get().state == "withdrawn"
    assert registered.client.secrets.get().state == "active"
    detail = {"key_id": "", "last_four": token[-4:], "source": "a test", "url": ""}
    client_id = registered.client_id
    assert trail(after=before) == [
        (
            "credential.leaked",
            "the tests",
            client_id,
            "leaked",
            {"credential": "hand_over_link", **detail},
        ),
        (
            "hand_over.withdrawn",
            "the tests",
            client_id,
            "leaked",
            {"id": HandOver.objects.get().pk},
        ),
    ]


def test_link_that_is_only_noted_works_on(token, actor):
    assert report_leak(find_credential(token), revoke=False, actor=actor, source="x") is False
    assert state_of(token) == "active"
