import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.admin.event_filters import SEARCHED_CLIENTS, events_about
from oauth_m2m.models import AuditEvent, Client
from tests.admin.pages import url
from tests.endings import DAY, make_client

pytestmark = pytest.mark.django_db


def write(client_identifier: str = "", **fields) -> AuditEvent:
    known = {"kind": "token.refused", "reason": "replayed", "error_id": "0a1b2c3d4e5f"}
    return AuditEvent.objects.create(client_identifier=client_identifier, **{**known, **fields})


@pytest.mark.parametrize(
    "words, found",
    [
        ("robot", True),
        ("OBO", True),
        ("warehouse", True),
        ("gone-42", True),
        ("gone", False),
        ("0a1b2c3d4e5f", True),
        ("error_id=0a1b2c3d4e5f", True),
        ("0a1b2c3d4e5", False),
        ("nobody", False),
    ],
    ids=[
        "id",
        "part of an id",
        "part of a name",
        "deleted client",
        "part of a deleted client",
        "error id",
        "error id of an answer",
        "part of an error id",
        "nobody",
    ],
)
def test_trail_is_searched_by_client_and_error_id(words: str, found):
    Client.objects.create(client_id="robot", name="Warehouse seven")
    write("robot", error_id="")
    write("gone-42")
    write("someone else", error_id="ffffffffffff")
    rows = events_about(AuditEvent.objects.all(), words)
    assert {row.client_identifier for row in rows} <= {"robot", "gone-42"}
    assert rows.exists() is found


def test_client_whose_id_looks_like_an_error_id_is_found():
    write("abcdefabcdef", error_id="")
    assert events_about(AuditEvent.objects.all(), "abcdefabcdef").count() == 1


def test_search_asks_for_so_many_clients():
    for number in range(SEARCHED_CLIENTS + 3):
        make_client(f"robot-{number:03}")
        write(f"robot-{number:03}")
    rows = events_about(AuditEvent.objects.all(), "robot")
    assert rows.count() == SEARCHED_CLIENTS
    assert not rows.filter(client_identifier=f"robot-{SEARCHED_CLIENTS:03}").exists()


def kinds(http: HttpClient, **query: str) -> list[str]:
    response = http.get(url("auditevent_changelist"), query)
    assert response.status_code == 200
    return [event.kind for event in response.context["cl"].result_list]


def test_link_of_a_reason_shows_its_refusals(boss: HttpClient):
    write("a", kind="api.refused")
    write("b", reason="wrong_secret")
    write("c", kind="secret.revoked", error_id="")
    assert kinds(boss, reason="replayed") == ["api.refused"]
    assert kinds(boss, reason="") == kinds(boss)
    page = boss.get(url("auditevent_changelist"), {"reason": "<b>"}).content.decode()
    assert "<b>" not in page.partition('id="changelist-filter"')[2]


def test_refusals_of_all_kinds_are_listed_together(boss: HttpClient):
    write("a", kind="api.refused")
    write("b")
    write("c", kind="secret.revoked", error_id="")
    assert kinds(boss, kind="refused") == ["token.refused", "api.refused"]


def test_list_is_sorted_by_time_alone(boss: HttpClient):
    write("a", created_at=timezone.now() - DAY, kind="api.refused")
    write("b")
    page = boss.get(url("auditevent_changelist")).content.decode()
    assert page.count('class="sortable') + page.count("column-created_at") == 2
    assert kinds(boss, o="1") == ["api.refused", "token.refused"]
