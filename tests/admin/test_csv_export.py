import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from oauth_m2m.admin import csv_export
from oauth_m2m.admin.csv_export import safe_cell
from oauth_m2m.models import AuditEvent, Client
from tests.admin.pages import messages_of, url
from tests.endings import make_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tplain",
        "  =1",
        "\u00a0=1",
        "\uff1d1",
        '=HYPERLINK("https://evil.example")',
        ["=1"],
    ],
    ids=[
        "equals",
        "plus",
        "minus",
        "at",
        "tab and equals",
        "return and equals",
        "line feed and equals",
        "tab",
        "spaces",
        "fixed space",
        "wide equals",
        "link",
        "list",
    ],
)
def test_formula_is_made_text(value):
    assert safe_cell(value)[0] == "'"


@pytest.mark.parametrize(
    "value, text",
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        ("Robot = 7", "Robot = 7"),
        ("2001:db8::7", "2001:db8::7"),
        (["a", "b"], "a b"),
        ([], ""),
        ({"b": 1, "a": "é"}, '{"a": "é", "b": 1}'),
        (datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC), "2026-01-31T12:00:00+00:00"),
    ],
    ids=["none", "yes", "no", "number", "text", "address", "list", "empty", "dict", "time"],
)
def test_value_is_text(value, text: str):
    assert safe_cell(value) == text


def export(http: HttpClient, model: str, *pks: int, query: str = "", **fields: str):
    chosen = {"action": "export_as_csv", "_selected_action": pks, **fields}
    return http.post(f"{url(f'{model}_changelist')}{query}", chosen)


def rows_of(response) -> list[dict[str, str]]:
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = response.content.decode("utf-8-sig")
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_chosen_clients_are_exported(boss: HttpClient):
    client = make_client("Röbot", description='one "line"\nand another, too')
    other, _ = make_client("=cmd|'/C calc'!A0"), make_client("Third")
    response = export(boss, "client", client.pk, other.pk)
    assert response.headers["Content-Disposition"].startswith('attachment; filename="client-')
    assert "no-store" in response.headers["Cache-Control"]
    rows = {row["client_id"].lstrip("'"): row for row in rows_of(response)}
    assert rows.keys() == {"röbot", "=cmd|'/c calc'!a0"}
    assert rows["röbot"]["name"] == "Röbot"
    assert rows["röbot"]["description"] == 'one "line"\nand another, too'
    assert rows["=cmd|'/c calc'!a0"]["name"] == "'=cmd|'/C calc'!A0"


def test_all_of_a_filtered_list_are_exported(boss: HttpClient):
    clients = [make_client(f"Robot{number}") for number in range(120)]
    make_client("Other")
    response = export(boss, "client", clients[0].pk, query="?q=robot", select_across="1")
    assert len(rows_of(response)) == 120


def test_audit_trail_is_exported(boss: HttpClient):
    event = AuditEvent.objects.create(
        kind="token.refused", client_identifier="@evil", reason="replayed", detail={"a": 1}
    )
    [row] = rows_of(export(boss, "auditevent", event.pk))
    assert row == {
        "created_at": event.created_at.isoformat(timespec="seconds"),
        "kind": "token.refused",
        "actor_name": "",
        "client_identifier": "'@evil",
        "address": "",
        "reason": "replayed",
        "error_id": "",
        "count": "1",
        "detail": '{"a": 1}',
    }


def test_too_many_rows_are_refused_with_advice(boss: HttpClient, monkeypatch):
    monkeypatch.setattr(csv_export, "MAX_ROWS", 2)
    pks = [AuditEvent.objects.create(kind="x").pk for _ in range(3)]
    response = export(boss, "auditevent", *pks)
    assert messages_of(response) == [
        (
            "Nothing was exported: there are more than 2 rows. Filter the list, or run"
            " m2m_export_audit."
        )
    ]
    assert len(rows_of(export(boss, "auditevent", *pks[:2]))) == 2


def test_more_clients_take_no_more_queries(boss: HttpClient, ada, register):
    def queries(*pks: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            rows_of(export(boss, "client", *pks))
        return len(captured)

    first = register("a", owner=ada).client.pk
    before = queries(first)
    others = [register("a", name=f"R{number}", owner=ada).client.pk for number in range(5)]
    assert queries(first, *others) == before


def test_export_is_for_those_who_may_see_the_list(sign_in):
    client = make_client()
    assert export(sign_in("view_auditevent"), "client", client.pk).status_code == 403


def test_who_may_see_may_export_and_delete_nothing(sign_in):
    client = make_client()
    http = sign_in("view_client", "delete_client")
    assert len(rows_of(export(http, "client", client.pk))) == 1
    http.post(
        url("client_changelist"),
        {"action": "delete_selected", "_selected_action": [client.pk], "post": "yes"},
    )
    assert Client.objects.filter(pk=client.pk).exists()
