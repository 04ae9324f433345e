"""
Pages over large tables: what they read is bounded, whatever there is.

Rows are counted, not seconds: a statement that reads a table of 200,000 as a whole reads one of
5,000,000 as a whole.
"""

import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from oauth_m2m.admin.read_only import COUNTED_ROWS
from tests.admin.pages import url
from tests.many_rows import LARGE_TABLES, fill, rows_read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.large,
    pytest.mark.timeout(600),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL for its plans"),
]

PAGES = {
    "client_overview": [""],
    "client_changelist": ["", "q=robot+77", "unused=90", "ending=30", "o=5", "is_active__exact=0"],
    "accesstoken_changelist": [
        "",
        "o=5",
        "o=6",
        "o=-6",
        "p=50",
        "q=client-1",
        "q=client-9000",
        "q=nobody",
        "state=active",
        "state=expired",
        "state=revoked",
        "state=revoked_together",
        "state=revoked&q=client-1",
    ],
    "auditevent_changelist": [
        "",
        "o=1",
        "o=-1",
        "p=50",
        "q=client-77",
        "q=robot+777",
        "q=nobody",
        "q=000000000012",
        "kind=refused",
        "kind=token.refused",
        "kind=client.deleted",
        "kind=client.created",
        "reason=replayed",
        "reason=token_expired",
        "reason=nonsense",
    ],
    "auditevent_refused": ["error_id=000000000012", "error_id=zzzzzzzzzzzz"],
}

# A count ends at the last row that is counted; where each third row matches, it has looked at
# three times as many.
MOST = 5 * COUNTED_ROWS


def test_no_statement_of_a_page_reads_a_large_table_as_a_whole(boss: HttpClient):
    fill(clients=10_000, tokens=200_000, events=150_000, counted=200, days=200)
    read: dict[str, int] = {}
    for name, queries in PAGES.items():
        for query in queries:
            with CaptureQueriesContext(connection) as captured:
                response = boss.get(f"{url(name)}?{query}")
            assert response.status_code == 200
            statements = [
                q["sql"]
                for q in captured.captured_queries
                if q["sql"].startswith("SELECT")
                and any(table in q["sql"] for table in LARGE_TABLES)
            ]
            read[f"{name}?{query}"] = max(map(rows_read, statements), default=0)
    # Each kind of page has to be seen reading something, else nothing is held here.
    assert {page.partition("?")[0] for page, rows in read.items() if rows} == (
        PAGES.keys() - {"client_changelist"}
    )
    assert {page: rows for page, rows in read.items() if rows > MOST} == {}
