import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.admin.refused import MAX_LENGTH, findings
from oauth_m2m.models import AuditEvent
from oauth_m2m.refusals import ROWS_IN_FULL, flush
from tests.admin.pages import text_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

ID = "0a1b2c3d4e5f"


def page_of(http: HttpClient, *ids: str) -> str:
    response = http.get(url("auditevent_refused"), {"error_id": ids})
    assert response.status_code == 200
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def refuse(**fields) -> AuditEvent:
    known = {"kind": "token.refused", "reason": "unknown_client", "error_id": ID}
    return AuditEvent.objects.create(**{**known, **fields})


@pytest.fixture
def refusal(registered: Registered, post_token) -> dict[str, str]:
    """A real refusal of a client, as its caller was told."""
    credentials = {**registered.credentials, "client_secret": "a typo"}
    return post_token({"grant_type": "client_credentials", **credentials}).json()


def test_answer_leads_to_the_reason_the_client_the_address_and_the_time(
    boss: HttpClient, registered: Registered, refusal
):
    response = boss.post(url("auditevent_refused"), {"text": str(refusal)})
    assert response.url == f"{url('auditevent_refused')}?error_id={refusal['error_id']}"
    page = page_of(boss, refusal["error_id"])
    event = AuditEvent.objects.get(error_id=refusal["error_id"])
    for text in (
        "malformed_secret",
        "What was sent as the secret is none of ours",
        "What to do: Have it copied again as a whole",
        "a token request",
        registered.client_id,
        f'href="{url("client_change", registered.client.pk)}"',
        f'href="{url("auditevent_change", event.pk)}"',
        f'href="{url("auditevent_changelist")}?q={registered.client_id}"',
        "<code>127.0.0.1</code>",
        "<code>invalid_client</code>",
        str(timezone.localtime(event.created_at).year),
    ):
        assert text in page


def test_several_ids_are_looked_up_at_once(boss: HttpClient):
    refuse(error_id="a" * 12, reason="no_credentials")
    refuse(error_id="b" * 12, reason="replayed")
    text = f"error_id={'a' * 12} error_id={'b' * 12} error_id={'c' * 12}"
    response = boss.post(url("auditevent_refused"), {"text": text}, follow=True)
    page = response.content.decode()
    for words in ("did not try to authenticate", "was used a second time", "does not know this id"):
        assert words in page


def test_unknown_id_is_said_to_be_unknown(boss: HttpClient):
    assert "The audit trail does not know this id." in page_of(boss, ID)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "error_id=short", "x" * (MAX_LENGTH + 1)],
    ids=["nothing", "a word", "a short id", "too much"],
)
def test_text_without_an_id_is_refused_with_advice(boss: HttpClient, text: str):
    response = boss.post(url("auditevent_refused"), {"text": text})
    assert response.status_code == 200
    [errors] = response.context["form"].errors.values()
    if text in {"hello", "error_id=short"}:
        assert "An error_id is 12 small letters and digits" in errors[0]


def test_what_was_pasted_is_not_shown_again(boss: HttpClient, registered: Registered):
    response = boss.post(url("auditevent_refused"), {"text": registered.secret})
    assert response.status_code == 200
    assert registered.secret not in response.content.decode()


def test_address_has_the_id_and_nothing_else_that_was_pasted(boss: HttpClient, refusal, registered):
    text = f"client_secret={registered.secret} {refusal}"
    response = boss.post(url("auditevent_refused"), {"text": text})
    assert registered.secret not in response.url
    assert response.url.endswith(f"?error_id={refusal['error_id']}")


@pytest.mark.parametrize("given", ["", "<script>", "x' OR 1=1"], ids=["nothing", "script", "SQL"])
def test_malformed_id_in_the_address_is_said_to_be_one(boss: HttpClient, given: str):
    page = page_of(boss, given)
    assert "What the address names is no error_id" in page
    assert "<script>x" not in page


def test_flood_is_counted(boss: HttpClient, post_token):
    told = [
        post_token({"grant_type": "client_credentials"}).json()["error_id"]
        for _ in range(ROWS_IN_FULL + 4)
    ]
    assert len(set(told)) == ROWS_IN_FULL + 1
    shared = told[-1]
    assert "others were told the same id" in page_of(boss, shared)
    flush()
    assert "flood: 3 more refusals of the same minute" in page_of(boss, shared)
    assert "flood: " not in page_of(boss, told[0])


def test_flood_of_one_more_is_said_in_the_singular(boss: HttpClient):
    refuse()
    refuse(count=1)
    assert "1 more refusal of the same minute" in page_of(boss, ID)


def test_refusal_that_is_long_over_promises_no_count(boss: HttpClient):
    refuse(created_at=timezone.now() - timedelta(hours=1))
    page = page_of(boss, ID)
    assert "There is no client with this id." in page
    assert "flood" not in page


def test_count_alone_still_tells_the_reason(boss: HttpClient):
    # The row before it is older, so the time to keep it may be over.
    refuse(count=40)
    assert "39 more refusals" in page_of(boss, ID)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"client_identifier": "x<b>"}, "no client was found, or it was deleted since"),
        ({}, "refused before it said who it is"),
        ({"kind": "api.refused", "address": "2001:db8::7"}, "2001:db8::7"),
        ({"kind": "other.refused"}, "other.refused"),
        ({"reason": "of_another_version"}, "This version does not know this reason."),
    ],
    ids=["stranger", "nobody", "API", "kind of another version", "reason of another version"],
)
def test_what_is_not_known_is_said(boss: HttpClient, fields, words: str):
    refuse(**fields)
    assert words in page_of(boss, ID)


def test_name_that_a_caller_gave_itself_is_escaped(boss: HttpClient):
    refuse(client_identifier="<script>alert(1)</script>")
    page = boss.get(url("auditevent_refused"), {"error_id": ID}).content.decode()
    assert "<script>alert" not in page


def test_page_is_for_those_who_may_read_the_trail(sign_in, refusal):
    http = sign_in("view_client")
    for response in (
        http.get(url("auditevent_refused"), {"error_id": refusal["error_id"]}),
        http.post(url("auditevent_refused"), {"text": refusal["error_id"]}),
    ):
        assert response.status_code == 403


def test_client_is_no_link_for_those_who_may_not_see_clients(
    sign_in, registered: Registered, refusal
):
    page = page_of(sign_in("view_auditevent"), refusal["error_id"])
    assert registered.client_id in page
    assert url("client_change", registered.client.pk) not in page


def test_lookup_takes_one_statement_whatever_the_number_of_ids(django_assert_num_queries):
    ids = [f"{number:012d}" for number in range(10)]
    for error_id in ids:
        refuse(error_id=error_id)
    with django_assert_num_queries(1):
        found = findings(AuditEvent.objects.all(), ids)
    assert [finding.error_id for finding in found] == ids
    with django_assert_num_queries(0):
        assert findings(AuditEvent.objects.all(), []) == []


def test_page_is_linked_from_where_people_look(boss: HttpClient, sign_in, registered: Registered):
    link = f'href="{url("auditevent_refused")}"'
    assert link in text_of(boss, "auditevent_changelist")
    assert link in text_of(boss, "client_changelist")
    assert link in boss.get("/admin/oauth_m2m/").content.decode()
    assert link not in text_of(sign_in("view_client"), "client_changelist")
