import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.models import AuditEvent, Client, ClientSecret, HandOver
from oauth_m2m.operations.hand_overs import (
    SecretTerms,
    claim_hand_over,
    offer_hand_over,
    withdraw_hand_over,
)
from tests.admin.pages import form_of, messages_of, secrets_in, text_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

ADD, ROTATE, WITHDRAW = "client_add_secret", "client_rotate_secret", "client_withdraw_hand_over"
LINK = re.compile(r'value="(https://auth\.example\.com/oauth/hand-over/(m2mh_[0-9A-Za-z]{49}))"')
STALE = (
    "This client got a secret or a hand-over link since you opened the page. Nothing was done;"
    " look at them again and decide anew."
)
NO_ISSUER = (
    "A hand-over link begins with this server's public URL, and OAUTH_M2M has no ISSUER: set it"
    " first."
)


@pytest.fixture
def post(boss: HttpClient):
    """Open a page, ask for a link on it, and send it."""

    def post(name: str, registered: Registered, **fields):
        address = url(name, registered.client.pk)
        asked = {**form_of(boss.get(address)), "hand_over": "on", **fields}
        return boss.post(address, asked)

    return post


@pytest.fixture
def offered(registered: Registered, actor) -> HandOver:
    """A link that nobody opened."""
    pk = offer_hand_over(registered.client, SecretTerms(), actor=actor).pk
    return HandOver.objects.get(pk=pk)


def token_in(response) -> str:
    [(_url, token)] = LINK.findall(response.content.decode())
    return token


def test_link_is_shown_instead_of_a_secret(post, registered: Registered):
    response = post(ADD, registered, description="second hall", lifetime_days="7", link_hours="2")
    assert response.status_code == 200
    assert secrets_in(response) == set()
    assert registered.client.secrets.count() == 1
    row = HandOver.objects.get()
    assert (row.description, row.created_by.get_username()) == ("second hall", "ada")
    assert (row.secret_lifetime, row.is_rotation) == (timedelta(days=7), False)
    remaining = row.expires_at - timezone.now()
    assert timedelta(minutes=119) < remaining <= timedelta(hours=2)
    secret = claim_hand_over(token_in(response), address=None).secret
    assert ClientSecret.objects.get(pk=secret.pk).created_by.get_username() == "ada"


def test_rotation_by_link_ends_nothing_yet(post, registered: Registered):
    response = post(ROTATE, registered, overlap_hours="0.5")
    assert "their time to end begins when the link is opened" in response.content.decode()
    row = HandOver.objects.get()
    assert (row.is_rotation, row.overlap) == (True, timedelta(minutes=30))
    assert registered.client.secrets.get().expires_at is None


def test_leaked_secret_does_not_wait_for_a_link(post, registered: Registered):
    response = post(ROTATE, registered, ending="now")
    [error] = response.context["form"].errors["ending"]
    assert error.startswith("A link ends nothing until somebody opens it.")
    assert not HandOver.objects.exists()
    assert registered.client.secrets.get().state == "active"


def test_page_with_a_link_is_kept_nowhere(post, registered: Registered):
    headers = post(ADD, registered).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] == "no-referrer"


def test_link_is_nowhere_but_in_the_answer(boss: HttpClient, post, registered: Registered):
    response = post(ADD, registered)
    token = token_in(response)
    kept = [*LogEntry.objects.values(), *AuditEvent.objects.values(), *HandOver.objects.values()]
    assert token[5:] not in f"{kept} {response.cookies} {dict(boss.session)}"
    assert messages_of(response) == []
    for page in ("client_change", "client_history", ADD, ROTATE):
        assert token not in boss.get(url(page, registered.client.pk)).content.decode()


@pytest.mark.parametrize("name", [ADD, ROTATE])
def test_form_that_is_sent_twice_makes_one_link(
    boss: HttpClient, registered: Registered, name: str
):
    address = url(name, registered.client.pk)
    fields = {**form_of(boss.get(address)), "hand_over": "on"}
    token_in(boss.post(address, fields))
    again = boss.post(address, fields)
    assert again.url == url("client_change", registered.client.pk)
    assert messages_of(again) == [STALE]
    assert HandOver.objects.count() == 1


@pytest.mark.parametrize("name", [ADD, ROTATE])
def test_form_without_what_the_person_saw_makes_no_link(post, registered: Registered, name: str):
    assert messages_of(post(name, registered, expected_offer="")) == [STALE]
    assert not HandOver.objects.exists()


@pytest.mark.parametrize("name", [ADD, ROTATE])
def test_without_an_issuer_the_form_says_so(post, registered: Registered, settings, name: str):
    settings.OAUTH_M2M = {"REQUIRE_HTTPS": False}
    response = post(name, registered)
    assert response.context["form"].errors == {"hand_over": [NO_ISSUER]}
    assert not HandOver.objects.exists()


def register(boss: HttpClient, **fields):
    address = url("client_add")
    typed = {**form_of(boss.get(address)), "name": "Robot", "hand_over": "on"}
    return boss.post(address, {**typed, **fields})


def test_new_client_can_get_its_secret_by_a_link(boss: HttpClient):
    response = register(boss, link_hours="1")
    assert secrets_in(response) == set()
    client = Client.objects.get()
    assert messages_of(response) == []  # not that it needs a secret
    assert claim_hand_over(token_in(response), address=None).client == client
    assert client.secrets.count() == 1


def test_new_client_without_a_secret_has_nothing_to_hand_over(boss: HttpClient):
    response = register(boss, auth_methods=["private_key_jwt"])
    assert response.context["adminform"].form.errors == {
        "hand_over": ["A client that proves itself without a secret needs no link."]
    }
    assert not Client.objects.exists()


def test_new_client_is_not_registered_where_links_do_not_work(boss: HttpClient, settings):
    settings.OAUTH_M2M = {"REQUIRE_HTTPS": False}
    response = register(boss)
    assert response.context["adminform"].form.errors == {"hand_over": [NO_ISSUER]}
    assert not Client.objects.exists()


def test_registered_client_is_changed_without_the_choice(boss: HttpClient, registered: Registered):
    form = boss.get(url("client_change", registered.client.pk)).context["adminform"].form
    assert {"hand_over", "link_hours"}.isdisjoint(form.fields)


def test_page_of_a_client_without_links_has_no_table_of_them(boss: HttpClient, registered):
    assert "Hand-over links" not in text_of(boss, "client_change", registered.client.pk)


def test_page_of_the_client_says_what_became_of_each_link(
    boss: HttpClient, registered: Registered, actor
):
    client = registered.client
    terms = SecretTerms(), SecretTerms(is_rotation=True), SecretTerms(), SecretTerms()
    offers = [offer_hand_over(client, each, actor=actor) for each in terms]
    waiting, claimed, withdrawn, expired = (HandOver.objects.get(pk=each.pk) for each in offers)
    token = offers[1].url.rpartition("/")[2]
    secret = claim_hand_over(token, address="192.0.2.9").secret
    withdraw_hand_over(withdrawn, actor=actor)
    rows = HandOver.objects.filter(pk=expired.pk)
    rows.update(created_at="2026-01-01T00:00Z", expires_at="2026-01-02T00:00Z")
    page = text_of(boss, "client_change", client.pk)
    assert "waiting: nobody opened it" in page
    assert "from 192.0.2.9" in page
    assert f"the secret <code>{secret.key_id}</code>" in page
    assert ">withdrawn<" in page
    assert "expired: nobody opened it" in page
    for link in (waiting, claimed, withdrawn, expired):
        address = url(WITHDRAW, client.pk, link.pk)
        assert (address in page) is (link == waiting)


def test_claim_without_an_address_is_shown_too(boss: HttpClient, registered: Registered, actor):
    offered = offer_hand_over(registered.client, SecretTerms(), actor=actor)
    claim_hand_over(offered.url.rpartition("/")[2], address=None)
    assert "<strong>claimed</strong>" in text_of(boss, "client_change", registered.client.pk)


def test_withdrawing_asks_first(boss: HttpClient, offered: HandOver):
    response = boss.get(url(WITHDRAW, offered.client_id, offered.pk))
    assert f"Withdraw the hand-over link #{offered.pk}" in response.content.decode()
    assert HandOver.objects.get().state == "waiting"


def test_withdrawn_link_is_over_and_in_the_history(boss: HttpClient, offered: HandOver):
    response = boss.post(url(WITHDRAW, offered.client_id, offered.pk))
    assert response.url == url("client_change", offered.client_id)
    done = f"Withdrew the hand-over link #{offered.pk}."
    assert messages_of(response) == [done]
    assert HandOver.objects.get().state == "withdrawn"
    assert LogEntry.objects.get().change_message == done
    event = AuditEvent.objects.get(kind="hand_over.withdrawn")
    assert (event.actor_name, event.address) == ("ada", "192.0.2.7")


def test_link_that_was_over_already_is_said_so(boss: HttpClient, offered: HandOver, actor):
    withdraw_hand_over(offered, actor=actor)
    response = boss.post(url(WITHDRAW, offered.client_id, offered.pk))
    was_over = f"The hand-over link #{offered.pk} was over already: look at its state."
    assert messages_of(response) == [was_over]
    assert not LogEntry.objects.exists()


def test_link_of_another_client_is_not_found(boss: HttpClient, offered: HandOver, register):
    other = register(name="Other").client
    assert boss.post(url(WITHDRAW, other.pk, offered.pk)).status_code == 404
    assert HandOver.objects.get().state == "waiting"


@pytest.mark.parametrize("codenames", [("view_client",), ("view_client", "change_client")], ids=str)
def test_links_are_not_for_those_without_the_permission(
    sign_in, registered: Registered, offered: HandOver, codenames
):
    http, pk = sign_in(*codenames), registered.client.pk
    for address in (url(ADD, pk), url(ROTATE, pk), url(WITHDRAW, pk, offered.pk)):
        assert http.post(address, {"hand_over": "on", "overlap_hours": "1"}).status_code == 403
    assert HandOver.objects.get().state == "waiting"
    page = text_of(http, "client_change", pk)
    assert "waiting: nobody opened it" in page
    assert url(WITHDRAW, pk, offered.pk) not in page


def test_permission_to_rotate_and_to_look_is_enough(sign_in, offered: HandOver):
    http = sign_in("view_client", "rotate_secret")
    http.post(url(WITHDRAW, offered.client_id, offered.pk))
    assert HandOver.objects.get().state == "withdrawn"


def test_links_take_one_query_however_many(
    boss: HttpClient, registered: Registered, actor, django_assert_max_num_queries
):
    address = url("client_change", registered.client.pk)
    offer_hand_over(registered.client, SecretTerms(), actor=actor)
    with django_assert_max_num_queries(100) as one:
        boss.get(address)
    for _ in range(11):
        offer_hand_over(registered.client, SecretTerms(), actor=actor)
    with django_assert_max_num_queries(len(one)):
        page = boss.get(address).content.decode()
    assert page.count("waiting: nobody opened it") == 10
