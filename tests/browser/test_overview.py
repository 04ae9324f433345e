"""The overview and "Why was it refused?", in a real browser."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from oauth_m2m.models import AuditEvent, UsageCount
from oauth_m2m.refusals import ROWS_IN_FULL, flush
from tests.endings import DAY, make_client, make_credential
from tests.signing_keys import make_key

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
    "dark": {"color_scheme": "dark"},
    "narrow": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    "dark-narrow": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}
REASONS = {"token_expired": 41230, "missing_scope": 12001, "wrong_secret": 312, "replayed": 7}


def fits(page: Page) -> bool:
    # A page that scrolls sideways hides its buttons.
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def furnished(transactional_db) -> None:
    now = timezone.now()
    today: date = now.date()
    for number in range(20):
        client = make_client(
            f"Warehouse-robot-of-hall-{number:02}",
            contact_email="team@example.com",
            created_at=now - 300 * DAY,
            last_used_at=None if number % 3 == 0 else now - 15 * number * DAY,
        )
        kind = ("secret", "key", "certificate")[number % 3]
        make_credential(kind, client, 1.5 + 2 * number, last_used_at=client.last_used_at)
        for day, what in ((0, "token_issued"), (3, "api_call")):
            UsageCount.objects.create(
                client=client,
                day=today - timedelta(days=day),
                kind=what,
                count=(number + 1) ** 4 * (1 + day),
            )
    for reason, count in REASONS.items():
        AuditEvent.objects.create(
            kind="api.refused", reason=reason, error_id=f"{count:012d}", count=count
        )
    make_key(announced=-200, signs=-200, until=-100, verifies=-99)
    make_key(announced=-101, signs=-100, until=-0.01, verifies=0.03)
    make_key(announced=-1.01, signs=-0.01)


@pytest.mark.parametrize("look", LOOKS)
def test_overview_fits_its_window(furnished, open_page, photograph, look: str):
    page = open_page(**LOOKS[look])
    page.goto("/admin/oauth_m2m/")
    photograph(page, f"app-index-{look}")
    assert fits(page)
    page.locator(".m2m-shortcuts").get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Ends within 30 days")).to_be_visible()
    photograph(page, f"overview-{look}")
    assert fits(page)
    page.get_by_role("link", name="All unused clients").click()
    expect(page.locator("#result_list")).to_be_visible()
    photograph(page, f"unused-clients-{look}")
    page.goto("/admin/oauth_m2m/auditevent/?reason=replayed")
    photograph(page, f"refusals-of-a-reason-{look}")
    assert fits(page)


@pytest.mark.parametrize("look", LOOKS)
def test_refusal_is_found_by_what_its_caller_was_told(
    registered, post_token, open_page, photograph, look: str
):
    wrong = {**registered.credentials, "client_secret": "a typo"}
    answers = [
        post_token({"grant_type": "client_credentials", **wrong}).content.decode()
        for _ in range(ROWS_IN_FULL + 4)
    ]
    flush()
    page = open_page(**LOOKS[look])
    page.goto("/admin/oauth_m2m/client/")
    page.get_by_role("link", name="Overview").click()
    page.get_by_label("error_id, or the whole answer").fill(answers[-1])
    page.get_by_role("button", name="Look up").click()
    finding = page.locator(".m2m-finding")
    expect(finding).to_contain_text("What was sent as the secret is none of ours")
    expect(finding).to_contain_text("Have it copied again as a whole")
    expect(finding).to_contain_text("malformed_secret")
    expect(finding).to_contain_text("3 more refusals")
    expect(finding.get_by_role("link", name="A client")).to_have_count(1)
    photograph(page, f"refused-{look}")
    assert fits(page)
    page.get_by_label("error_id, or the whole answer").fill("it does not work!")
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".errorlist")).to_contain_text("There is no error_id in it.")
    photograph(page, f"refused-no-id-{look}")
    page.get_by_label("error_id, or the whole answer").fill("zzzzzzzzzzzz")
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".m2m-finding")).to_contain_text("does not know this id")
    assert fits(page)


def test_clients_are_exported_from_their_list(furnished, open_page):
    page = open_page()
    page.goto("/admin/oauth_m2m/client/?q=hall-0")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label="Export as CSV")
    with page.expect_download() as downloading:
        # Django 6.1 says Run.
        page.get_by_role("button", name=re.compile("^(Go|Run)$")).click()
    download = downloading.value
    assert download.suggested_filename.startswith("client-")
    assert len(download.path().read_text("utf-8-sig").splitlines()) == 11
