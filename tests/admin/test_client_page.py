from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.admin import client_page
from oauth_m2m.admin.client_page import LATEST_REFUSALS, live_tokens_in_words
from oauth_m2m.models import AccessToken, AuditEvent, Client, ResourceServer, Scope
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.operations.credentials import add_secret, rotate_secret
from oauth_m2m.operations.tokens import revoke_client_tokens
from tests.admin.pages import form_of, text_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def make_tokens(client: Client, number: int, ends_in: timedelta = HOUR, **fields) -> None:
    now = timezone.now()
    known = AccessToken.objects.count()
    AccessToken.objects.bulk_create(
        AccessToken(
            token_hash=f"{known + place:064}",
            client=client,
            issued_at=now - 2 * HOUR,
            expires_at=now + ends_in,
            **fields,
        )
        for place in range(number)
    )


def facts(boss, registered: Registered) -> dict[str, str]:
    response = boss.get(url("client_change", registered.client.pk))
    return {label: value.replace("\xa0", " ") for label, value in response.context["glance"]}


def test_tokens_that_work_are_counted(registered, register, actor):
    client = registered.client
    make_tokens(client, 3)
    make_tokens(client, 2, ends_in=-HOUR)
    make_tokens(client, 1, revoked_at=timezone.now())
    make_tokens(register("a").client, 4)
    assert live_tokens_in_words(client) == "3"
    revoke_client_tokens(client, actor=actor)
    assert live_tokens_in_words(client) == "0"


def test_count_ends_where_it_would_read_too_much(registered, monkeypatch, actor):
    monkeypatch.setattr(client_page, "COUNTED_TOKENS", 5)
    make_tokens(registered.client, 5)
    assert live_tokens_in_words(registered.client) == "5"
    make_tokens(registered.client, 1)
    assert live_tokens_in_words(registered.client) == "5+"
    make_tokens(registered.client, 2, ends_in=2 * HOUR, revoked_at=timezone.now())
    assert live_tokens_in_words(registered.client) == "4+"


def test_tokens_are_read_from_the_index_of_their_client(registered):
    make_tokens(registered.client, 50)
    with CaptureQueriesContext(connection) as queries:
        live_tokens_in_words(registered.client)
    [sql] = [query["sql"] for query in queries if "accesstoken" in query["sql"]]
    assert "COUNT(" not in sql
    assert "LIMIT 1001" in sql
    # SQLite's EXPLAIN alone lists the steps of its machine. The others read so few rows without
    # an index: PostgreSQL is told not to, and MariaDB names those that it could use.
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{explain} {sql}")
        assert "m2m_token_of_client" in str(cursor.fetchall())


@pytest.mark.parametrize(
    "of_client, of_setting, of_api, are_signed",
    [
        ("", "opaque", "", False),
        ("jwt", "opaque", "", True),
        ("", "jwt", "", True),
        ("", "opaque", "jwt", True),
        ("opaque", "jwt", "jwt", False),
    ],
    ids=["none", "of the client", "of the setting", "of the API", "the client goes first"],
)
def test_signed_tokens_are_said_not_to_be_counted(
    register, settings, of_client, of_setting, of_api, are_signed
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_FORMAT": of_setting}
    api = ResourceServer.objects.create(
        identifier="https://api.example.com", name="An API", token_format=of_api
    )
    Scope.objects.create(name="a", resource_server=api)
    client = register("a", token_format=of_client).client
    counted = "0, and signed ones, which nobody counts" if are_signed else "0"
    assert live_tokens_in_words(client) == counted


def test_state_of_a_new_client_is_seen_at_a_glance(boss, registered):
    seen = facts(boss, registered)
    assert seen.pop("Registered").endswith(" ago")
    assert seen == {"Last used": "never", "Live tokens": "0", "Working secrets": "1"}


def test_state_of_an_old_client_is_seen_at_a_glance(boss, ada, registered, actor):
    then = timezone.now() - timedelta(days=21, hours=1)
    Client.objects.update(last_used_at=then, created_at=then, created_by=ada)
    for _ in range(2):
        rotate_secret(registered.client, actor=actor, overlap=HOUR)
    seen = facts(boss, registered)
    assert seen.pop("Next secret to end")
    assert seen == {
        "Last used": "3 weeks ago",
        "Live tokens": "0",
        "Working secrets": "3, 2 of them are being replaced",
        "Registered": "3 weeks ago by ada",
    }


def test_refusals_are_shown_with_their_private_reason(boss, registered, post_token):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    for scope in range(LATEST_REFUSALS + 1):
        post_token({**fields, "scope": f"s{scope}"})
    error_id = post_token({**fields, "client_secret": "x"}).json()["error_id"]
    response = boss.get(url("client_change", registered.client.pk))
    events = response.context["refusals"]
    assert len(events) == LATEST_REFUSALS
    newest, words = events[0]
    assert (newest.reason, newest.error_id) == ("malformed_secret", error_id)
    page = response.content.decode()
    assert "<code>malformed_secret</code>" in page
    assert str(words.next_step) in page
    assert url("auditevent_change", newest.pk) in page


def test_refusals_of_others_are_not_shown(boss, registered, register, post_token):
    fields = {"grant_type": "client_credentials", **register("a").credentials, "scope": "x"}
    post_token(fields)
    assert AuditEvent.objects.filter(kind="token.refused").exists()
    response = boss.get(url("client_change", registered.client.pk))
    assert response.context["refusals"] == []
    assert '<p class="m2m-padded">None.</p>' in response.content.decode()


def test_refusals_are_for_those_who_may_read_the_trail(sign_in, registered):
    response = sign_in("view_client").get(url("client_change", registered.client.pk))
    assert response.context["refusals"] is None
    assert "m2m-refusals" not in response.content.decode()


def test_what_keeps_it_from_working_is_said(boss, registered):
    registered.client.secrets.all().delete()
    page = text_of(boss, "client_change", registered.client.pk)
    assert "<li>It needs a secret: add one.</li>" in page


def test_form_that_was_refused_is_in_sight(boss, registered):
    address = url("client_change", registered.client.pk)
    sent = {**form_of(boss.get(address)), "name": ""}
    page = boss.post(address, sent).content.decode()
    assert "Please correct the error below." in page
    assert "m2m-state" in page
    assert "m2m-glance" not in page


def test_page_of_a_disabled_client_says_so(boss, registered, actor):
    disable_client(registered.client, actor=actor)
    page = text_of(boss, "client_change", registered.client.pk)
    assert "It can call nothing while it is disabled." in page


def test_page_takes_no_more_statements_for_more_of_everything(boss, registered, actor, post_token):
    address = url("client_change", registered.client.pk)

    def statements() -> int:
        boss.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert boss.get(address).status_code == 200
        return len(queries)

    before = statements()
    make_tokens(registered.client, 20)
    fields = {"grant_type": "client_credentials", **registered.credentials, "scope": "x"}
    for _ in range(5):
        post_token(fields)
        add_secret(registered.client, actor=actor)
    assert statements() == before
