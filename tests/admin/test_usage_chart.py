from datetime import timedelta

import pytest
from django.utils import timezone, translation

from oauth_m2m.admin.usage_chart import DAYS, HEIGHT, usage_of
from oauth_m2m.models import Client, UsageCount
from tests.admin.pages import text_of

pytestmark = pytest.mark.django_db

Kind = UsageCount.Kind


def count(client: Client, kind: Kind, back: int, number: int) -> None:
    day = timezone.now().date() - timedelta(days=back)
    UsageCount.objects.create(client=client, day=day, kind=kind, count=number)


def test_client_that_did_nothing_has_no_chart(registered, boss):
    usage = usage_of(registered.client)
    assert usage.is_empty
    assert [chart.total for chart in usage.charts] == [0, 0, 0]
    page = text_of(boss, "client_change", registered.client.pk)
    assert "It did nothing in this time." in page
    assert "m2m-chart" not in page.replace("client_page.css", "")


def test_each_kind_is_as_high_as_its_busiest_day(registered):
    count(registered.client, Kind.TOKEN_ISSUED, 0, 4)
    count(registered.client, Kind.TOKEN_ISSUED, 1, 2)
    count(registered.client, Kind.API_CALL, DAYS - 1, 1_000_000)
    count(registered.client, Kind.API_CALL, 3, 1)
    tokens, calls, refusals = usage_of(registered.client).charts
    assert (tokens.kind, tokens.label, tokens.total, tokens.most) == (
        "token_issued",
        "tokens issued",
        6,
        4,
    )
    assert [(bar.count, bar.y, bar.height) for bar in tokens.bars] == [
        (2, HEIGHT // 2, HEIGHT // 2),
        (4, 0, HEIGHT),
    ]
    assert [(bar.x, bar.width, bar.y, bar.height) for bar in calls.bars] == [
        ("0.42%", "2.50%", 0, HEIGHT),
        ("87.08%", "2.50%", HEIGHT - 2, 2),
    ]
    assert (refusals.total, refusals.most, refusals.bars) == (0, 0, ())


def test_days_before_and_other_clients_are_left_out(registered, register):
    count(registered.client, Kind.API_CALL, DAYS, 5)
    count(registered.client, Kind.API_CALL, DAYS - 1, 1)
    count(register("a").client, Kind.API_CALL, 0, 7)
    usage = usage_of(registered.client)
    assert usage.charts[1].total == 1
    assert (usage.last - usage.first).days == DAYS - 1


def test_limits_have_a_chart_once_something_was_over_one(registered):
    assert len(usage_of(registered.client).charts) == 3
    count(registered.client, Kind.THROTTLED, 0, 2)
    assert [chart.kind for chart in usage_of(registered.client).charts][-1] == "throttled"


def test_table_has_a_row_for_each_day_the_newest_first(registered):
    count(registered.client, Kind.API_CALL, 1, 3)
    usage = usage_of(registered.client)
    assert len(usage.rows) == DAYS
    assert usage.rows[0] == (usage.last, (0, 0, 0))
    assert usage.rows[1] == (usage.last - timedelta(days=1), (0, 3, 0))
    assert usage.rows[-1][0] == usage.first


def test_usage_takes_one_statement(registered, django_assert_num_queries):
    with django_assert_num_queries(1):
        usage_of(registered.client)


def test_page_draws_the_chart_without_a_style_and_writes_it_as_a_table(registered, boss):
    count(registered.client, Kind.REFUSAL, 0, 1234)
    with translation.override("de"):
        page = text_of(boss, "client_change", registered.client.pk)
    assert '<svg class="m2m-chart m2m-chart-refusal" width="100%" height="48"' in page
    assert 'width="2.50%" height="48"><title>' in page
    assert "<td>1234</td>" in page
    assert "style=" not in page.split('id="m2m-usage"')[1].split("</section>")[0]
