import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.admin.overview_figures import SHOWN
from oauth_m2m.models import AuditEvent, UsageCount
from tests.admin.pages import text_of, url
from tests.endings import DAY, make_client, make_credential
from tests.signing_keys import make_key

pytestmark = pytest.mark.django_db


def overview(http: HttpClient) -> str:
    return unescape(text_of(http, "client_overview"))


def section(page: str, name: str) -> str:
    """Return the text of a block of the page, without its tags."""
    [found] = re.findall(rf'aria-labelledby="m2m-{name}">(.*?)</section>', page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


@pytest.fixture
def busy_site():
    now = timezone.now()
    client = make_client("Robot", created_at=now - 200 * DAY, last_used_at=now - 100 * DAY)
    make_credential("secret", client, 5)
    make_credential("certificate", client, 20, last_used_at=now - 100 * DAY)
    UsageCount.objects.create(client=client, day=now.date(), kind="token_issued", count=12345)
    AuditEvent.objects.create(kind="token.refused", reason="replayed", error_id="x", count=4321)
    make_key(announced=-90, signs=-90)
    return client


def test_page_says_what_needs_a_look(boss: HttpClient, busy_site):
    page = overview(boss)
    day = f"{busy_site.secrets.get().expires_at:%m/%d/%Y}"
    assert f"Robot secret robot-secret {day} (5 days) -" in section(page, "ending")
    assert "certificate robot-certificate" in section(page, "ending")
    assert 'class="m2m-soon"' in page
    used = f"{busy_site.last_used_at:%m/%d/%Y}"
    assert f"Robot {used}" in section(page, "unused")
    assert "replayed The same assertion, or DPoP proof, was used a second time." in section(
        page, "refusals"
    )
    assert "4,321" in section(page, "refusals")
    assert "Robot 12,345 0" in section(page, "busiest")
    assert page.count(f'href="{url("client_change", busy_site.pk)}"') == 4
    assert f'href="{url("auditevent_changelist")}?reason=replayed"' in page
    assert '<rect class="m2m-phase-signs"' in page
    assert f'action="{url("auditevent_refused")}"' in page


def test_empty_site_says_that_there_is_nothing(boss: HttpClient):
    page = overview(boss)
    for name, words in (
        ("ending", "Nothing."),
        ("unused", "None."),
        ("refusals", "None."),
        ("busiest", "None did anything."),
        ("timeline", "There are no keys yet."),
    ):
        assert words in section(page, name)


def test_key_that_nobody_follows_is_said(boss: HttpClient):
    key = make_key(announced=-30, signs=-30, until=20, verifies=21)
    assert f"The signing key {key.kid} stops signing on" in section(overview(boss), "ending")


def test_keys_of_the_setting_are_said_to_be_elsewhere(boss: HttpClient, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_KEYS": ["a file"]}
    assert "The keys come from the setting SIGNING_KEYS" in section(overview(boss), "timeline")


def test_long_blocks_end_and_lead_to_the_whole_list(boss: HttpClient):
    now = timezone.now()
    for number in range(SHOWN + 2):
        client = make_client(f"Robot{number:02}", created_at=now - 200 * DAY)
        make_credential("secret", client, 5)
    page = overview(boss)
    assert section(page, "ending").count("secret robot") == SHOWN
    assert section(page, "unused").count("never") == SHOWN
    for query in ("ending=30", "unused=90&is_active__exact=1"):
        link = f"{url('client_changelist')}?{query}"
        assert link in page
        found = boss.get(link)
        assert found.context["cl"].result_count == SHOWN + 2


def test_very_many_refusals_are_said_to_be_the_newest(boss: HttpClient, monkeypatch):
    monkeypatch.setattr("oauth_m2m.admin.overview_figures.READ_REFUSALS", 1)
    AuditEvent.objects.create(kind="token.refused", reason="replayed", error_id="x")
    assert "There are very many: these are those since" in overview(boss)


@pytest.mark.parametrize(
    "permissions, shown",
    [
        (["view_client"], {"ending", "unused", "busiest"}),
        (
            ["view_client", "view_auditevent"],
            {"ending", "unused", "busiest", "refusals", "lookup"},
        ),
        (["view_client", "view_signingkey"], {"ending", "unused", "busiest", "timeline"}),
    ],
    ids=["clients", "audit trail", "signing keys"],
)
def test_each_block_is_for_those_who_may_see_its_rows(sign_in, permissions, shown: set[str]):
    page = overview(sign_in(*permissions))
    assert set(re.findall(r'aria-labelledby="m2m-(\w+)"', page)) == shown


def test_page_is_not_for_those_who_may_not_see_clients(sign_in):
    assert sign_in("view_auditevent").get(url("client_overview")).status_code == 403


def test_page_is_linked_from_where_people_look(boss: HttpClient, sign_in):
    link = f'href="{url("client_overview")}"'
    assert link in text_of(boss, "client_changelist")
    assert link in text_of(boss, "auditevent_changelist")
    assert link in boss.get("/admin/oauth_m2m/").content.decode()
    http = sign_in("view_auditevent")
    assert link not in text_of(http, "auditevent_changelist")
    assert link not in http.get("/admin/oauth_m2m/").content.decode()


def test_more_rows_take_no_more_queries(boss: HttpClient, busy_site):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            overview(boss)
        return len(captured)

    before = queries()
    for number in range(5):
        client = make_client(f"More{number}", created_at=timezone.now() - 200 * DAY)
        make_credential("secret", client, 5)
        UsageCount.objects.create(client=client, day=timezone.now().date(), kind="api_call")
    assert queries() == before


def test_name_of_a_client_is_escaped(boss: HttpClient, busy_site):
    busy_site.name = "<script>alert(1)</script>"
    busy_site.save()
    assert "<script>alert" not in boss.get(url("client_overview")).content.decode()
