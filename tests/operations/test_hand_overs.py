from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from oauth_m2m.credential_format import generate_token
from oauth_m2m.errors import HandOverRefused, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import ClientSecret, HandOver
from oauth_m2m.operations.clients import delete_client, disable_client, enable_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.hand_overs import (
    KEPT_FOR,
    SecretTerms,
    claim_hand_over,
    clear_hand_overs,
    find_hand_over,
    newest_offer,
    offer_hand_over,
    open_hand_over,
    withdraw_hand_over,
)
from oauth_m2m.values import Actor
from tests.connections import needs_two_connections

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = "https://auth.example.com/oauth/hand-over/"
ADDRESS = "192.0.2.9"
ONE_MORE = SecretTerms()


def token_of(link) -> str:
    assert link.url.startswith(START)
    return link.url.removeprefix(START)


def is_about(moment, expected: timedelta) -> bool:
    return timedelta(0) <= timezone.now() + expected - moment < timedelta(minutes=1)


@pytest.fixture
def works(post_token):
    def works(registered, secret: str) -> bool:
        fields = {"grant_type": "client_credentials", **registered.credentials}
        return post_token({**fields, "client_secret": secret}).status_code == 200

    return works


def test_offer_makes_no_secret_and_keeps_only_a_digest(registered, actor, trail):
    before = len(trail())
    offered = offer_hand_over(
        registered.client, SecretTerms(description="second hall"), actor=actor
    )
    row = HandOver.objects.get()
    assert row.token_digest == digest_credential(token_of(offered))
    assert (row.state, row.description, row.created_by) == ("waiting", "second hall", None)
    assert (offered.pk, offered.expires_at) == (row.pk, row.expires_at)
    assert is_about(row.expires_at, 3 * DAY)
    assert offered.url not in repr(offered)
    assert registered.client.secrets.count() == 1
    detail = {"id": row.pk, "expires_at": row.expires_at.isoformat(), "is_rotation": False}
    assert trail(after=before) == [
        ("hand_over.offered", "the tests", registered.client_id, "", detail)
    ]


def test_lifetime_of_a_link_is_the_setting_unless_told_otherwise(registered, actor, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "HAND_OVER_LIFETIME": HOUR}
    assert is_about(offer_hand_over(registered.client, ONE_MORE, actor=actor).expires_at, HOUR)
    offered = offer_hand_over(registered.client, ONE_MORE, actor=actor, link_lifetime=DAY)
    assert is_about(offered.expires_at, DAY)


def test_claimed_link_is_one_more_secret_that_works(registered, admin_user, works, trail):
    offered = offer_hand_over(
        registered.client,
        SecretTerms(lifetime=30 * DAY, description="second hall"),
        actor=Actor("ada", user=admin_user),
    )
    before = len(trail())
    claimed = claim_hand_over(token_of(offered), address=ADDRESS)
    assert claimed.client == registered.client
    assert claimed.secret.clear_secret not in repr(claimed)
    assert works(registered, claimed.secret.clear_secret)
    assert works(registered, registered.secret)
    secret = ClientSecret.objects.get(pk=claimed.secret.pk)
    assert (secret.description, secret.created_by) == ("second hall", admin_user)
    assert is_about(secret.expires_at, 30 * DAY)
    row = HandOver.objects.get()
    assert (row.state, row.claimed_from, row.secret) == ("claimed", ADDRESS, secret)
    made, given = trail(after=before)
    assert made[:2] == ("secret.created", "hand-over link")
    detail = {"id": row.pk, "key_id": secret.key_id}
    assert given == ("hand_over.claimed", "hand-over link", registered.client_id, "", detail)


def test_old_secret_retires_when_the_link_is_claimed_and_not_before(registered, actor, works):
    offered = offer_hand_over(
        registered.client, SecretTerms(is_rotation=True, overlap=HOUR), actor=actor
    )
    old = ClientSecret.objects.get()
    assert old.expires_at is None
    claimed = claim_hand_over(token_of(offered), address=None)
    old.refresh_from_db()
    assert is_about(old.expires_at, HOUR)
    assert works(registered, claimed.secret.clear_secret)
    assert works(registered, registered.secret)


def refusal(token: str) -> tuple[Reason, str, int | None]:
    """Return why the link shows nothing, which GET and POST agree on."""
    with pytest.raises(HandOverRefused) as looked:
        open_hand_over(token)
    before = list(ClientSecret.objects.values()), list(HandOver.objects.values())
    with pytest.raises(HandOverRefused) as claimed:
        claim_hand_over(token, address=ADDRESS)
    assert (list(ClientSecret.objects.values()), list(HandOver.objects.values())) == before
    assert looked.value.reason is claimed.value.reason
    return claimed.value.reason, claimed.value.client_id, claimed.value.client_pk


def _claim(offered, **_more) -> None:
    claim_hand_over(token_of(offered), address=None)


def _withdraw(offered, actor, **_more) -> None:
    withdraw_hand_over(HandOver.objects.get(pk=offered.pk), actor=actor)


def _expire(offered, **_more) -> None:
    now = timezone.now()
    rows = HandOver.objects.filter(pk=offered.pk)
    rows.update(created_at=now - DAY, expires_at=now)


def _disable(client, actor, **_more) -> None:
    disable_client(client, actor=actor)


@pytest.mark.parametrize(
    "end, reason",
    [
        pytest.param(_claim, Reason.HAND_OVER_CLAIMED, id="claimed"),
        pytest.param(_withdraw, Reason.HAND_OVER_WITHDRAWN, id="withdrawn"),
        pytest.param(_expire, Reason.HAND_OVER_EXPIRED, id="expired"),
        pytest.param(_disable, Reason.CLIENT_DISABLED, id="client disabled"),
    ],
)
def test_link_that_is_over_is_refused_with_its_reason(registered, actor, end, reason):
    offered = offer_hand_over(registered.client, ONE_MORE, actor=actor)
    end(offered=offered, client=registered.client, actor=actor)
    client = registered.client
    assert refusal(token_of(offered)) == (reason, client.client_id, client.pk)


def test_link_of_a_client_that_was_deleted_is_unknown(registered, actor):
    offered = offer_hand_over(registered.client, ONE_MORE, actor=actor)
    delete_client(registered.client, actor=actor)
    assert refusal(token_of(offered)) == (Reason.HAND_OVER_UNKNOWN, "", None)


def test_link_works_again_when_its_client_does(registered, actor):
    offered = offer_hand_over(registered.client, ONE_MORE, actor=actor)
    disable_client(registered.client, actor=actor)
    enable_client(registered.client, actor=actor)
    assert claim_hand_over(token_of(offered), address=None).client == registered.client


def test_token_that_was_never_made_is_unknown(registered, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert find_hand_over(generate_token("m2mh_")) is None


@pytest.mark.parametrize(
    "token",
    ["", "m2mh_", "m2mh_" + "a" * 49, generate_token("m2mt_"), "é" * 54],
    ids=["nothing", "no body", "wrong checksum", "a token for APIs", "letters of another alphabet"],
)
def test_what_has_not_the_form_costs_no_query(registered, django_assert_num_queries, token):
    with django_assert_num_queries(0):
        assert find_hand_over(token) is None


def test_offer_that_is_sent_twice_makes_one_link(registered, actor):
    seen = newest_offer(registered.client)
    offer_hand_over(registered.client, ONE_MORE, actor=actor, expected_newest=seen)
    with pytest.raises(ValidationError) as caught:
        offer_hand_over(registered.client, ONE_MORE, actor=actor, expected_newest=seen)
    assert caught.value.code == "stale"
    assert HandOver.objects.count() == 1


def test_offer_after_a_secret_that_one_did_not_see_makes_none(registered, actor):
    seen = newest_offer(registered.client)
    add_secret(registered.client, actor=actor)
    with pytest.raises(ValidationError):
        offer_hand_over(registered.client, ONE_MORE, actor=actor, expected_newest=seen)
    assert not HandOver.objects.exists()


def test_without_an_issuer_there_is_no_link(registered, actor, settings):
    settings.OAUTH_M2M = {"ISSUER": ""}
    with pytest.raises(ValidationError, match="OAUTH_M2M has no ISSUER: set it first") as caught:
        offer_hand_over(registered.client, ONE_MORE, actor=actor)
    assert caught.value.code == "no_issuer"
    assert not HandOver.objects.exists()


@pytest.mark.urls("tests.admin.urls_without_endpoints")
def test_without_the_page_there_is_no_link(registered, actor):
    with pytest.raises(ValidationError, match=r"urlpatterns first") as caught:
        offer_hand_over(registered.client, ONE_MORE, actor=actor)
    assert caught.value.code == "not_mounted"


def test_withdrawn_link_is_audited_once(registered, actor, trail):
    offered = offer_hand_over(registered.client, ONE_MORE, actor=actor)
    link, before = HandOver.objects.get(), len(trail())
    assert withdraw_hand_over(link, actor=actor, reason="wrong address") is True
    assert withdraw_hand_over(link, actor=actor) is False
    row = ("hand_over.withdrawn", "the tests", registered.client_id, "wrong address")
    assert trail(after=before) == [(*row, {"id": offered.pk})]


def test_claimed_link_cannot_be_withdrawn(registered, actor, trail):
    offered = offer_hand_over(registered.client, ONE_MORE, actor=actor)
    claim_hand_over(token_of(offered), address=None)
    before = trail()
    assert withdraw_hand_over(HandOver.objects.get(), actor=actor) is False
    assert (trail(), HandOver.objects.get().state) == (before, "claimed")


def test_links_that_were_over_for_long_are_cleared(registered, actor):
    pks = [offer_hand_over(registered.client, ONE_MORE, actor=actor).pk for _ in range(3)]
    now = timezone.now()
    ends = dict(zip(pks, (now - KEPT_FOR - HOUR, now - KEPT_FOR + HOUR, now + HOUR), strict=True))
    for pk, end in ends.items():
        HandOver.objects.filter(pk=pk).update(created_at=end - DAY, expires_at=end)
    assert clear_hand_overs(before=now) == 1
    assert set(HandOver.objects.values_list("pk", flat=True)) == set(pks[1:])


@pytest.mark.django_db(transaction=True)
@needs_two_connections
def test_of_those_who_claim_at_once_one_gets_the_secret(registered, actor):
    token, start = token_of(offer_hand_over(registered.client, ONE_MORE, actor=actor)), Barrier(4)

    def claim(_number: int) -> str:
        start.wait()
        try:
            return claim_hand_over(token, address=ADDRESS).secret.clear_secret
        except HandOverRefused as refused:
            return refused.reason.value
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        results = sorted(people.map(claim, range(4)))
    assert results[:3] == ["hand_over_claimed"] * 3
    assert results[3].startswith("m2ms_")
    assert registered.client.secrets.count() == 2


@pytest.mark.django_db(transaction=True)
@needs_two_connections
def test_link_is_claimed_or_withdrawn_and_never_both(registered, actor):
    offered, start = offer_hand_over(registered.client, ONE_MORE, actor=actor), Barrier(2)
    link = HandOver.objects.get()

    def claim() -> bool:
        start.wait()
        try:
            claim_hand_over(token_of(offered), address=None)
        except HandOverRefused:
            return False
        finally:
            connection.close()
        return True

    def withdraw() -> bool:
        start.wait()
        try:
            return withdraw_hand_over(link, actor=actor)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        claimed, withdrawn = people.submit(claim), people.submit(withdraw)
    assert claimed.result() is not withdrawn.result()
    assert registered.client.secrets.count() == (2 if claimed.result() else 1)
