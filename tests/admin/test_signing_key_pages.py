"""What the pages of signing keys show, and what they never show."""

import re

import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from oauth_m2m.models import AuditEvent, SigningKey
from oauth_m2m.operations.signing_keys import rotate_signing_keys
from tests.admin.pages import text_of, url
from tests.signing_keys import DAY, make_key

pytestmark = pytest.mark.django_db

LIST = "signingkey_changelist"
ROTATE = "signingkey_rotate"


def test_list_says_of_each_key_what_it_does_and_when(boss: HttpClient):
    for moments in (
        {"announced": -9, "signs": -8, "until": -7, "verifies": -6},
        {"announced": -5, "signs": -4, "until": -1, "verifies": 1},
        {"announced": -2, "signs": -1, "until": 2, "verifies": 3},
        {"announced": -1, "signs": 2},
    ):
        make_key(**moments)
    page = text_of(boss, LIST)
    rows = page.split('<li class="m2m-key">')[1:]
    states = [re.search("<strong>(.*?)</strong>", row)[1] for row in rows]
    assert states == ["announced", "active", "verifies only", "over"]
    for key, row in zip(SigningKey.objects.all(), rows, strict=True):
        assert f'href="{url("signingkey_change", key.pk)}"><code>{key.kid}</code>' in row
    today = timezone.localtime()
    for word, days in {"announced at": -2, "signs from": -1, "signs until": 2}.items():
        date = f"{today + days * DAY:%m/%d/%Y}"
        assert re.search(f"<dt>{word}</dt> <dd>{date} [^<]+</dd>", rows[1]), word
    assert "<dt>verifies until</dt> <dd>-</dd>" in rows[0]


def test_list_draws_the_periods_of_each_key(boss: HttpClient):
    make_key(announced=-3, signs=-2, until=-1, verifies=1)
    with translation.override("de"):
        page = text_of(boss, LIST)
    for mark in (
        '<rect class="m2m-phase-announced" x="0.00%" width="20.00%"',
        '<rect class="m2m-phase-signs" x="20.00%" width="20.00%"',
        '<rect class="m2m-phase-verifies" x="40.00%" width="40.00%"',
        '<line class="m2m-phase-now" x1="60.00%" x2="60.00%"',
    ):
        assert mark in page


def test_list_is_grouped_by_algorithm_and_says_which_is_used(boss: HttpClient, old_key):
    make_key("EdDSA", announced=-1, signs=-1)
    page = text_of(boss, LIST)
    assert "Tokens are signed with ES256, by the newest key that has started." in page
    # Which of the two comes first is the database's way to sort text.
    parts = re.split(r'<h2 id="m2m-keys-(\w+)">\1</h2>', page)[1:]
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    unused = "Not used for new tokens: the setting SIGNING_ALGORITHM is ES256."
    assert {name: unused in section for name, section in sections.items()} == {
        "ES256": False,
        "EdDSA": True,
    }


def test_empty_list_says_when_the_first_key_is_made(boss: HttpClient):
    page = text_of(boss, LIST)
    assert "There are no keys yet. The first one is made when the first token is signed." in page


def test_page_of_a_key_shows_its_public_half(boss: HttpClient, old_key):
    page = boss.get(url("signingkey_change", old_key.pk)).content.decode()
    for text in (
        old_key.kid,
        "active: it may sign",
        "encrypted, and this server can decrypt it",
        '<pre class="m2m-code">{\n  &quot;',
        f"&quot;x&quot;: &quot;{old_key.public_jwk['x']}&quot;",
    ):
        assert text in page


@pytest.mark.parametrize(
    "moments, state",
    [
        ({"announced": -1, "signs": 1}, "announced: it will sign"),
        (
            {"announced": -3, "signs": -3, "until": -1, "verifies": 1},
            "retired: it verifies only",
        ),
        (
            {"announced": -3, "signs": -3, "until": -2, "verifies": -1},
            "over: it verifies no more",
        ),
    ],
    ids=["announced", "retired", "expired"],
)
def test_page_of_a_key_says_its_state(boss: HttpClient, moments, state: str):
    assert state in text_of(boss, "signingkey_change", make_key(**moments).pk)


def test_private_key_is_on_no_page(boss: HttpClient, old_key, actor):
    rotate_signing_keys(actor=actor, algorithm="ES256", announce=DAY)
    encrypted = list(SigningKey.objects.values_list("private_key", flat=True))
    assert len(encrypted) == 2
    for name, args in (
        (LIST, ()),
        (ROTATE, ()),
        ("signingkey_change", (old_key.pk,)),
        ("signingkey_history", (old_key.pk,)),
        ("auditevent_change", (AuditEvent.objects.get().pk,)),
    ):
        page = text_of(boss, name, *args)
        assert "private_key" not in page, name
        assert not [text for text in encrypted if text in page or text[:40] in page], name


def test_private_key_cannot_be_guessed_by_filters(boss: HttpClient, old_key):
    for part in (old_key.private_key[:5], "x"):
        response = boss.get(url(LIST), {"private_key__startswith": part})
        assert response.status_code == 400


def test_key_that_cannot_be_decrypted_is_marked(boss: HttpClient, old_key):
    warning = "It cannot be decrypted, so it cannot sign: put the former key back"
    assert warning not in text_of(boss, LIST)
    SigningKey.objects.update(private_key="closed")
    assert warning in text_of(boss, LIST)
    assert "cannot be decrypted: put the former key back" in text_of(
        boss, "signingkey_change", old_key.pk
    )


def test_key_that_is_over_needs_no_decryption(boss: HttpClient):
    make_key(announced=-3, signs=-3, until=-2, verifies=-1)
    SigningKey.objects.update(private_key="closed")
    assert "cannot be decrypted" not in text_of(boss, LIST)


def test_list_takes_no_more_queries_for_more_keys(boss: HttpClient, old_key):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(boss, LIST)
        return len(captured)

    before = queries()
    for _ in range(3):
        make_key(announced=-1, signs=-1)
    assert queries() == before


def test_pages_need_no_inline_script_or_style(boss: HttpClient, old_key):
    for page in (text_of(boss, LIST), text_of(boss, ROTATE)):
        for forbidden in (" style=", " onclick=", " onsubmit=", "<style", "javascript:"):
            assert forbidden not in page.split('id="content"')[1]


def test_keys_are_not_added_changed_or_deleted_even_by_a_superuser(boss: HttpClient, old_key):
    before = SigningKey.objects.values().get()
    for address in (
        url("signingkey_add"),
        url("signingkey_change", old_key.pk),
        url("signingkey_delete", old_key.pk),
    ):
        assert boss.post(address, {"kid": "x", "post": "yes"}).status_code == 403
    fields = {"action": "delete_selected", "_selected_action": [old_key.pk], "post": "yes"}
    boss.post(url(LIST), fields)
    assert SigningKey.objects.values().get() == before


def test_list_is_not_for_those_without_the_permission(sign_in, old_key):
    assert sign_in("view_client").get(url(LIST)).status_code == 403
