import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from oauth_m2m.admin.read_only import COUNTED_ROWS, BoundedPaginator
from oauth_m2m.models import AuditEvent
from tests.admin.pages import url
from tests.endings import make_client

pytestmark = pytest.mark.django_db


def test_few_rows_are_counted():
    AuditEvent.objects.bulk_create(AuditEvent(kind="x") for _ in range(5))
    paginator = BoundedPaginator(AuditEvent.objects.order_by("-pk"), 2)
    assert (paginator.count, paginator.num_pages) == (5, 3)


def test_many_rows_are_counted_to_the_bound():
    AuditEvent.objects.bulk_create(AuditEvent(kind="x") for _ in range(COUNTED_ROWS + 1))
    assert BoundedPaginator(AuditEvent.objects.order_by("-pk"), 100).count == COUNTED_ROWS


@pytest.mark.parametrize("model", ["accesstoken", "auditevent"])
@pytest.mark.parametrize("query", [{}, {"q": "x"}, {"_facets": "True"}], ids=["all", "q", "facets"])
def test_no_query_counts_the_whole_table(boss: HttpClient, model: str, query):
    make_client("X")
    with CaptureQueriesContext(connection) as queries:
        assert boss.get(url(f"{model}_changelist"), query).status_code == 200
    counts = [
        q["sql"] for q in queries if "COUNT(" in q["sql"] and f"oauth_m2m_{model}" in q["sql"]
    ]
    assert counts
    assert all(f"LIMIT {COUNTED_ROWS}" in sql for sql in counts)


@pytest.mark.parametrize("model", ["accesstoken", "auditevent"])
def test_there_is_no_button_to_add_or_delete(boss: HttpClient, model: str):
    page = boss.get(url(f"{model}_changelist")).content.decode()
    assert url(f"{model}_add") not in page
    assert "delete_selected" not in page


@pytest.mark.parametrize("model", ["accesstoken", "auditevent"])
def test_list_is_sorted_by_what_its_headings_offer(boss: HttpClient, model: str):
    def order(query: str) -> list[str]:
        changelist = boss.get(url(f"{model}_changelist"), {"o": query}).context["cl"]
        return list(changelist.queryset.query.order_by)

    offered = {"accesstoken": {"1": "id", "6": "expires_at"}, "auditevent": {"1": "created_at"}}
    for column in range(1, 10):
        # What cannot be sorted by is left out, and what is left is the newest row.
        expected = offered[model].get(str(column), "pk")
        first = order(f"-{column}")[0].lstrip("-")
        assert first == expected, column
