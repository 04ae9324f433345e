"""The page behind a hand-over link, for whoever has the link."""

import logging
import re

import pytest
from django.db import connections
from django.test import Client as HttpClient

from oauth_m2m.credential_format import generate_token
from oauth_m2m.models import AuditEvent, ClientSecret, HandOver
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over, withdraw_hand_over
from oauth_m2m.values import Actor
from tests.admin.pages import secrets_in
from tests.host.database_away import database_away  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

PREFIX = "/oauth/hand-over/"
ADDRESS = "192.0.2.9"
ACTOR = Actor("the tests")


@pytest.fixture
def offer(registered, actor):
    """Make a link; return its path."""

    def offer(**fields) -> str:
        url = offer_hand_over(registered.client, SecretTerms(**fields), actor=actor).url
        return url.removeprefix("https://auth.example.com")

    return offer


@pytest.fixture
def stranger() -> HttpClient:
    """The browser of somebody who never was here, and whose CSRF checks are on."""
    return HttpClient(enforce_csrf_checks=True, raise_request_exception=False, REMOTE_ADDR=ADDRESS)


def refusals() -> list[tuple]:
    rows = AuditEvent.objects.filter(kind="hand_over.refused").order_by("pk")
    return list(rows.values_list("reason", "client_identifier", "address"))


def without_id(page: bytes) -> str:
    return re.sub(r"error_id <code>[0-9a-z]{12}</code>", "", page.decode())


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_burns_nothing(stranger, offer, method):
    path = offer()
    for _ in range(3):
        assert getattr(stranger, method)(path).status_code == 200
    assert HandOver.objects.get().state == "waiting"
    assert ClientSecret.objects.count() == 1
    assert refusals() == []


def test_page_before_the_click_names_the_client_and_shows_no_secret(stranger, offer, registered):
    response = stranger.get(offer(description="for the night job"))
    page = response.content.decode()
    assert "<strong>A client</strong> of auth.example.com" in page
    assert registered.client_id not in page
    assert "night job" not in page
    assert secrets_in(response) == set()


def test_click_shows_a_secret_that_works_and_how_to_use_it(stranger, offer, registered, post_token):
    response = stranger.post(offer())
    assert response.status_code == 200
    (secret,) = secrets_in(response)
    fields = {"grant_type": "client_credentials", "client_id": registered.client_id}
    assert post_token({**fields, "client_secret": secret}).status_code == 200
    page = response.content.decode()
    assert f'value="{registered.client_id}"' in page
    assert "https://auth.example.com/oauth/token" in page
    assert "Kubernetes Secret" in page
    assert HandOver.objects.get().claimed_from == ADDRESS
    event = AuditEvent.objects.get(kind="hand_over.claimed")
    assert (event.address, event.client_identifier) == (ADDRESS, registered.client_id)


def test_second_click_shows_no_secret(stranger, offer):
    path = offer()
    stranger.post(path)
    for answer in (stranger.post(path), stranger.get(path)):
        assert answer.status_code == 404
        assert secrets_in(answer) == set()
    assert ClientSecret.objects.count() == 2


def _nothing(**_more) -> None:
    """Leave the link as it is; for tokens that never were one."""


def _claim(path, stranger, **_more) -> None:
    stranger.post(path)


def _withdraw(**_more) -> None:
    withdraw_hand_over(HandOver.objects.get(), actor=ACTOR)


def _expire(**_more) -> None:
    HandOver.objects.update(created_at="2026-01-01T00:00Z", expires_at="2026-01-02T00:00Z")


def _disable(client, **_more) -> None:
    disable_client(client, actor=ACTOR)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "end, token, reason",
    [
        pytest.param(_claim, "", "hand_over_claimed", id="claimed"),
        pytest.param(_withdraw, "", "hand_over_withdrawn", id="withdrawn"),
        pytest.param(_expire, "", "hand_over_expired", id="expired"),
        pytest.param(_disable, "", "client_disabled", id="client disabled"),
        pytest.param(_nothing, generate_token("m2mh_"), "hand_over_unknown", id="never made"),
        pytest.param(_nothing, "m2mh_abc", "hand_over_unknown", id="cut short"),
        pytest.param(_nothing, "%00%0a", "hand_over_unknown", id="control characters"),
    ],
)
def test_link_that_shows_nothing_says_the_same_whatever_the_reason(
    stranger, offer, registered, method, end, token, reason
):
    path = offer()
    end(path=path, stranger=stranger, client=registered.client)
    made = ClientSecret.objects.count()
    response = getattr(stranger, method)(PREFIX + token if token else path)
    never_made = getattr(stranger, method)(PREFIX + generate_token("m2mh_"))
    assert response.status_code == never_made.status_code == 404
    assert without_id(response.content) == without_id(never_made.content)
    assert response.headers == never_made.headers
    assert "Ask whoever sent it for a new one." in response.content.decode()
    assert ClientSecret.objects.count() == made
    known = "" if token else registered.client_id
    assert refusals()[0] == (reason, known, ADDRESS)
    event = AuditEvent.objects.filter(kind="hand_over.refused").order_by("pk").first()
    assert f"error_id <code>{event.error_id}</code>" in response.content.decode()


@pytest.mark.parametrize("what", ["button", "secret", "refusal"])
def test_page_is_kept_nowhere_and_found_by_nobody(stranger, offer, what):
    path = offer()
    send = {"button": stranger.get, "secret": stranger.post, "refusal": stranger.get}[what]
    headers = send(f"{path}x" if what == "refusal" else path).headers
    wanted = {
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:;"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    }
    assert {name: headers[name] for name in wanted} == wanted
    assert "Set-Cookie" not in headers


def test_static_files_may_be_on_a_host_of_their_own(stranger, offer, settings):
    settings.STATIC_URL = "https://static.example.com/files/"
    policy = stranger.get(offer()).headers["Content-Security-Policy"]
    assert "style-src https://static.example.com; script-src https://static.example.com;" in policy


def test_script_in_a_name_stays_text(stranger, offer, registered):
    registered.client.name = "<script>alert(1)</script>"
    registered.client.save()
    path = offer()
    for response in (stranger.get(path), stranger.post(path)):
        page = response.content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_stranger_is_not_sent_to_the_login_page(stranger, offer, settings):
    login = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, login]
    path = offer()
    assert stranger.get(path).status_code == 200
    assert len(secrets_in(stranger.post(path))) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused_and_burn_nothing(stranger, offer, method):
    response = stranger.generic(method, offer())
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert HandOver.objects.get().state == "waiting"


def test_plain_http_is_refused_and_burns_nothing(stranger, offer, settings):
    path = offer()
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REQUIRE_HTTPS": True}
    response = stranger.post(path)
    assert response.status_code == 400
    assert "Open the link by https" in response.content.decode()
    assert HandOver.objects.get().state == "waiting"
    assert len(secrets_in(stranger.post(path, secure=True))) == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_database_that_is_away_burns_nothing_and_says_so(stranger, offer, method, caplog, request):
    path = offer()
    request.getfixturevalue("database_away")
    response = getattr(stranger, method)(path)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "open it again in a few minutes" in response.content.decode()
    assert path.removeprefix(PREFIX) not in caplog.text
    assert HandOver.objects.using("default").get().state == "waiting"


def test_claim_is_kept_under_atomic_requests(stranger, offer, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", "yes")
    path = offer()
    assert len(secrets_in(stranger.post(path))) == 1
    assert stranger.post(path).status_code == 404
    assert refusals() != []


@pytest.mark.parametrize(
    "method, status",
    [("get", 200), ("put", 405), ("post", 400)],
    ids=["looked at", "another method", "plain http"],
)
def test_link_that_still_works_is_in_no_log(stranger, offer, settings, caplog, method, status):
    caplog.set_level(logging.DEBUG)
    path = offer()
    https = status == 400
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REQUIRE_HTTPS": https}
    assert getattr(stranger, method)(path).status_code == status
    assert path.removeprefix(PREFIX)[5:] not in caplog.text


@pytest.mark.parametrize(
    "method, statements",
    [pytest.param("get", 1, id="looked at"), pytest.param("head", 1, id="looked at by a robot")],
)
def test_looking_costs_one_query(stranger, offer, django_assert_num_queries, method, statements):
    path = offer()
    with django_assert_num_queries(statements):
        getattr(stranger, method)(path)


def test_page_speaks_the_language_of_the_project(stranger, offer, settings):
    settings.LANGUAGE_CODE = "ar"
    page = stranger.get(offer()).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
