from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.admin import overview_figures
from oauth_m2m.admin.overview_figures import (
    BUSY_DAYS,
    SHOWN,
    busiest_clients,
    refusals_by_reason,
    unused_clients,
)
from oauth_m2m.models import AuditEvent, Client, UsageCount
from tests.endings import DAY, make_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "created, used, active, is_unused",
    [
        (100, None, True, True),
        (100, 91, True, True),
        (100, 89, True, False),
        (80, None, True, False),
        (100, None, False, False),
    ],
    ids=["never used", "used long ago", "used lately", "new", "disabled"],
)
def test_client_is_unused(created: int, used: int | None, active, is_unused):
    now = timezone.now()
    client = make_client(
        created_at=now - created * DAY,
        last_used_at=None if used is None else now - used * DAY,
        is_active=active,
    )
    assert unused_clients(Client.objects.all()) == ([client] if is_unused else [])


def test_unused_clients_come_longest_unused_first_and_bounded(django_assert_num_queries):
    now = timezone.now()
    for number in range(SHOWN + 5):
        used = None if number == 9 else now - (100 + number) * DAY
        make_client(f"R{number:02}", created_at=now - 200 * DAY, last_used_at=used)
    with django_assert_num_queries(1):
        names = [client.name for client in unused_clients(Client.objects.all())]
    assert len(names) == SHOWN + 1
    assert names[:3] == ["R09", "R14", "R13"]


def refuse(reason: str, count: int = 1, *, days_ago: float = 1, error_id: str = "x") -> None:
    AuditEvent.objects.create(
        kind="token.refused",
        reason=reason,
        count=count,
        error_id=error_id,
        created_at=timezone.now() - days_ago * DAY,
    )


def test_refusals_are_summed_up_by_reason(django_assert_num_queries):
    refuse("replayed", 2)
    refuse("wrong_secret", 5)
    refuse("wrong_secret", 3)
    refuse("wrong_secret", 100, days_ago=8)
    refuse("expired, said olga", 100, error_id="")
    with django_assert_num_queries(1):
        found = refusals_by_reason(AuditEvent.objects.all())
    assert [(row.reason, row.count, row.share) for row in found.counts] == [
        ("wrong_secret", 8, "100.00%"),
        ("replayed", 2, "25.00%"),
    ]
    assert "Nobody mistypes that" in str(found.counts[0].words.next_step)
    assert found.since is None


def test_no_refusals_are_none():
    assert refusals_by_reason(AuditEvent.objects.all()).counts == ()


def test_refusals_are_read_to_a_bound_that_is_said(monkeypatch):
    monkeypatch.setattr(overview_figures, "READ_REFUSALS", 3)
    for number in range(5):
        refuse(f"reason{number}", days_ago=5 - number)
    found = refusals_by_reason(AuditEvent.objects.all())
    assert [row.reason for row in found.counts] == ["reason2", "reason3", "reason4"]
    assert found.since == AuditEvent.objects.get(reason="reason2").created_at


def use(client: Client, count: int, kind: str = "token_issued", *, days_ago: int = 0) -> None:
    day = timezone.now().date() - timedelta(days=days_ago)
    UsageCount.objects.create(client=client, day=day, kind=kind, count=count)


def test_busiest_clients_come_first(django_assert_num_queries):
    quiet, busy, former = make_client("Quiet"), make_client("Busy"), make_client("Former")
    use(quiet, 5, days_ago=BUSY_DAYS - 1)
    use(busy, 3)
    use(busy, 16, "api_call", days_ago=2)
    use(busy, 1, days_ago=2)
    use(former, 1000, days_ago=BUSY_DAYS)
    use(former, 1000, "refusal")
    use(former, 1000, "throttled")
    with django_assert_num_queries(2):
        found = busiest_clients(Client.objects.all())
    assert [(row.client, row.tokens, row.calls, row.share) for row in found] == [
        (busy, 4, 16, "100.00%"),
        (quiet, 5, 0, "25.00%"),
    ]
    assert [row.client for row in busiest_clients(Client.objects.filter(name="Quiet"))] == [quiet]


def test_busiest_clients_are_bounded():
    for number in range(SHOWN + 2):
        use(make_client(f"Robot{number}"), number + 1)
    found = busiest_clients(Client.objects.all())
    assert [row.tokens for row in found] == list(range(SHOWN + 2, 2, -1))


def test_nobody_is_busy_at_first():
    assert busiest_clients(Client.objects.all()) == []
