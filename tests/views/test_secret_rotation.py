"""A client replaces its own secret, as it does it over HTTP."""

import logging
import threading
from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.urls import resolve, reverse
from django.utils import timezone

from oauth_m2m.models import AccessToken, AuditEvent, ClientSecret
from oauth_m2m.operations.credentials import add_secret, revoke_secret, rotate_secret
from oauth_m2m.views.secret_rotation import rotate_secret as view
from tests.assertions import register_signer
from tests.connections import needs_two_connections
from tests.error_ids import body_of

pytestmark = pytest.mark.django_db

URL = "/oauth/rotate-secret"
FORM = "application/x-www-form-urlencoded"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def switched_on(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_ROTATION": "overlap"}


@pytest.fixture
def propose(http, registered):
    """Ask for a new secret, with the one that is said or with the client's first."""

    def propose(secret: str = "") -> HttpResponse:
        pair = f"{registered.client_id}:{secret or registered.secret}".encode()
        headers = {"Authorization": f"Basic {b64encode(pair).decode()}"}
        body = urlencode({"client_id": registered.client_id})
        return http.post(URL, body, content_type=FORM, headers=headers)

    return propose


@pytest.fixture
def works(post_token, registered):
    def works(secret: str = "") -> bool:
        fields = {"grant_type": "client_credentials", **registered.credentials}
        sent = {**fields, "client_secret": secret or registered.secret}
        return post_token(sent).status_code == 200

    return works


def row(key_id: str) -> ClientSecret:
    return ClientSecret.objects.get(key_id=key_id)


def audited(kind: str) -> dict[str, object]:
    return AuditEvent.objects.get(kind=kind).detail


def refused(response: HttpResponse) -> tuple[int, str, str]:
    event = AuditEvent.objects.get(error_id=response.json()["error_id"])
    assert event.kind == "secret_rotation.refused"
    return response.status_code, response.json()["error"], event.reason


def test_answer_has_the_new_secret_and_is_kept_nowhere(registered, propose):
    response = propose()
    secret = response.json()["client_secret"]
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    new = row(response.json()["key_id"])
    assert response.json() == {
        "client_id": registered.client_id,
        "client_secret": secret,
        "client_secret_expires_at": 0,
        "key_id": new.key_id,
        "old_secret_ends_in": 86400,
        "old_secret_ends_once_unused": False,
    }
    assert secret.endswith(new.hint)
    assert (new.awaits_use, new.replaces.key_id) == (True, registered.key_id)


def test_answer_says_how_the_old_one_will_end(propose, settings):
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "CLIENT_ROTATION": "until_unused",
        "ROTATION_OVERLAP": 60,
        "SECRET_LIFETIME": DAY,
    }
    members = propose().json()
    assert (members["old_secret_ends_in"], members["old_secret_ends_once_unused"]) == (60, True)
    assert members["client_secret_expires_at"] == int(row(members["key_id"]).expires_at.timestamp())


def test_old_secret_goes_on_until_the_new_one_is_used(registered, propose, works):
    new = propose().json()
    assert works()
    old = row(registered.key_id)
    assert (old.expires_at, old.retiring_since) == (None, None)
    assert works(new["client_secret"])
    old.refresh_from_db()
    assert timedelta(hours=23) < old.expires_at - timezone.now() <= DAY
    assert old.is_retiring
    assert not row(new["key_id"]).awaits_use
    assert works()


def test_old_secret_can_end_once_it_is_unused(registered, propose, works, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_ROTATION": "until_unused"}
    works(propose().json()["client_secret"])
    assert row(registered.key_id).unused_limit == DAY


def test_first_use_counts_at_every_endpoint(registered, propose, http):
    new = propose().json()
    fields = {**registered.credentials, "client_secret": new["client_secret"], "token": "x"}
    assert http.post("/oauth/introspect", urlencode(fields), content_type=FORM).status_code == 200
    assert row(registered.key_id).is_retiring


def test_second_proposal_replaces_the_first(registered, propose, works):
    first, second = propose().json(), propose().json()
    assert not works(first["client_secret"])
    assert works(second["client_secret"])
    assert registered.client.secrets.count() == 2


def test_new_secret_proposes_the_next(registered, propose):
    first = propose().json()["client_secret"]
    second = propose(first).json()
    assert row(registered.key_id).is_retiring
    assert row(second["key_id"]).replaces.hint == first[-4:]


def test_other_installations_go_on(registered, propose, works, actor):
    other = add_secret(registered.client, actor=actor, description="second hall")
    here, there = propose().json(), propose(other.clear_secret).json()
    assert row(there["key_id"]).description == "second hall"
    assert works(here["client_secret"])
    assert row(registered.key_id).is_retiring
    assert not row(other.key_id).is_retiring
    assert row(there["key_id"]).awaits_use


def test_both_phases_are_audited(registered, propose, works):
    new = propose().json()
    assert works(new["client_secret"])
    assert audited("secret.proposed") == {
        "key_id": new["key_id"],
        "expires_at": None,
        "old": [registered.key_id],
    }
    end = row(registered.key_id).expires_at.isoformat()
    assert audited("secret.confirmed") == {
        "key_id": new["key_id"],
        "old": [registered.key_id],
        "old_end_at": end,
    }
    event = AuditEvent.objects.get(kind="secret.confirmed")
    assert (event.actor_name, event.address) == (registered.client_id, "127.0.0.1")


def test_secret_that_is_being_replaced_proposes_nothing(registered, propose, actor):
    rotate_secret(registered.client, actor=actor)
    response = propose()
    assert refused(response) == (400, "unauthorized_client", "secret_retiring")
    assert registered.client.secrets.count() == 2


def test_client_without_a_secret_has_nothing_to_replace(register, http):
    signer = register_signer(register)
    fields = dict(signer.form())
    fields.pop("grant_type")
    response = http.post(URL, urlencode(fields), content_type=FORM)
    assert refused(response) == (400, "unauthorized_client", "no_secret_to_rotate")


def test_wrong_secret_proposes_nothing(registered, propose):
    assert refused(propose("x")) == (401, "invalid_client", "malformed_secret")
    assert registered.client.secrets.count() == 1


def test_secret_that_was_revoked_takes_its_proposal_with_it(registered, propose, works, actor):
    new = propose().json()
    revoke_secret(row(registered.key_id), actor=actor, reason="leaked")
    assert not works(new["client_secret"])
    ended = AuditEvent.objects.filter(kind="secret.revoked", reason="leaked")
    assert {event.detail["key_id"] for event in ended} == {registered.key_id, new["key_id"]}


def test_rotation_for_a_leak_ends_the_proposal(registered, propose, works, actor):
    new = propose().json()
    rotate_secret(registered.client, actor=actor, revoke_old=True)
    assert not works(new["client_secret"])


def test_switched_off_it_is_not_found(propose, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_ROTATION": "off"}
    response = propose()
    assert (response.status_code, response.json()["error"]) == (404, "not_found")
    assert not AuditEvent.objects.filter(kind="secret_rotation.refused").exists()


def test_proposal_that_waits_when_it_is_switched_off_still_works(
    registered, propose, works, settings
):
    new = propose().json()
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_ROTATION": "off"}
    assert works(new["client_secret"])
    assert row(registered.key_id).is_retiring


def test_limit_of_the_client_holds_here_too(propose, settings, stopped_clock):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_ENDPOINT_RATE": {"client": "2/m"}}
    assert [propose().status_code for _ in range(3)] == [200, 200, 429]


def test_form_is_held_to_the_rules_of_all_endpoints(http, registered):
    assert http.get(URL).status_code == 405
    response = http.post(URL, b"a=1&a=2", content_type=FORM)
    assert refused(response) == (400, "invalid_request", "repeated_parameter")
    assert body_of(response)["error"] == "invalid_request"


def test_it_issues_no_token_and_logs_no_secret(propose, caplog, settings):
    caplog.set_level(logging.DEBUG)
    secret = propose().json()["client_secret"]
    assert not AccessToken.objects.exists()
    assert secret[-20:] not in caplog.text
    assert secret[-20:] not in str(list(AuditEvent.objects.values()))


def test_view_has_its_name():
    assert reverse("oauth_m2m:rotate_secret") == URL
    assert resolve(URL).func is view


def at_once(*calls) -> list[HttpResponse]:
    """Call all of them at the same moment, each in a thread with a connection."""
    answers, ready = [], threading.Barrier(len(calls))

    def run(call) -> None:
        ready.wait()
        answers.append(call())
        connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_two_proposals_at_once_leave_one(registered, propose, works):
    answers = at_once(*[propose] * 4)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert ClientSecret.objects.filter(awaits_use=True).count() == 1
    assert sum(works(answer.json()["client_secret"]) for answer in answers) == 1


@needs_two_connections
@pytest.mark.django_db(transaction=True)
def test_two_first_uses_at_once_confirm_once(registered, propose):
    secret = propose().json()["client_secret"]
    fields = {"grant_type": "client_credentials", **registered.credentials}
    body = urlencode({**fields, "client_secret": secret})

    def use() -> HttpResponse:
        return HttpClient().post("/oauth/token", body, content_type=FORM)

    answers = at_once(*[use] * 4)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert AuditEvent.objects.filter(kind="secret.confirmed").count() == 1
