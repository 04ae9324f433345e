import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from tests.admin.pages import url
from tests.endings import DAY, make_client, make_credential

pytestmark = pytest.mark.django_db


@pytest.fixture
def clients() -> None:
    now = timezone.now()
    for name, created, used in (
        ("Fresh", 1, None),
        ("Used", 200, 1),
        ("Idle", 200, 40),
        ("Old", 200, 100),
        ("Never", 200, None),
    ):
        make_client(
            name,
            created_at=now - created * DAY,
            last_used_at=None if used is None else now - used * DAY,
        )


def names(http: HttpClient, **query: str) -> set[str]:
    response = http.get(url("client_changelist"), query)
    assert response.status_code == 200
    return {client.name for client in response.context["cl"].result_list}


EVERYBODY = {"Fresh", "Used", "Idle", "Old", "Never"}


@pytest.mark.parametrize(
    "chosen, expected",
    [
        ("30", {"Idle", "Old", "Never"}),
        ("90", {"Old", "Never"}),
        ("never", {"Fresh", "Never"}),
        ("nonsense", EVERYBODY),
        ("", EVERYBODY),
    ],
)
def test_clients_are_filtered_by_use(boss: HttpClient, clients, chosen: str, expected):
    assert names(boss, unused=chosen) == expected


@pytest.mark.parametrize(
    "chosen, expected",
    [("7", {"Soon"}), ("30", {"Soon", "Later"}), ("x", {"Soon", "Later", "Safe"})],
)
def test_clients_are_filtered_by_what_ends(boss: HttpClient, chosen: str, expected):
    for name, days in (("Soon", 5), ("Later", 20), ("Safe", 90)):
        client = make_client(name)
        make_credential("secret", client, days)
        make_credential("key", client, days)
    assert names(boss, ending=chosen) == expected
    assert boss.get(url("client_changelist"), {"ending": "30"}).context["cl"].result_count == 2
