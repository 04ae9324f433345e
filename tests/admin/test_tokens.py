from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.models import AccessToken, AuditEvent, ResourceServer, Scope
from oauth_m2m.operations.tokens import revoke_client_tokens, revoke_proven_token, revoke_token
from oauth_m2m.tokens import prove_token
from tests.admin.pages import messages_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(registered: Registered, get_token) -> AccessToken:
    get_token(registered)
    return AccessToken.objects.get()


def tokens_on(response) -> list[int]:
    return [token.pk for token in response.context["cl"].result_list]


def test_list_shows_whose_token_it_is_and_for_what(boss: HttpClient, token: AccessToken):
    page = boss.get(url("accesstoken_changelist")).content.decode()
    for cell in (
        '<td class="field-client nowrap">A client</td>',
        '<td class="field-scope">orders:read</td>',
        '<td class="field-state_now">active</td>',
    ):
        assert cell in page


def test_list_and_page_show_the_audience_and_the_format(
    boss: HttpClient, register, get_token, actor
):
    api = ResourceServer.objects.create(identifier="https://api.example.com", name="Orders")
    Scope.objects.create(name="a", resource_server=api)
    opaque, signed = register("a"), register("a", token_format="jwt")
    get_token(opaque)
    token = get_token(signed)
    revoke_proven_token(prove_token(token), token, actor=actor)
    page = boss.get(url("accesstoken_changelist")).content.decode()
    assert page.count('<td class="field-audiences">https://api.example.com</td>') == 2
    for name in ("opaque", "jwt"):
        assert page.count(f'<td class="field-format_name">{name}</td>') == 1
    row = AccessToken.objects.get(format="jwt")
    page = boss.get(url("accesstoken_change", row.pk)).content.decode()
    for text in ("https://api.example.com", "signed: a JWT, checked by anyone", row.jti):
        assert f'<div class="readonly">{text}' in page


def test_states_are_filtered_as_the_model_tells_them(boss: HttpClient, register, get_token, actor):
    now = timezone.now()
    live, other = register("a", name="Live"), register("a", name="Other")
    for registered in (live, live, live, other, other):
        get_token(registered)
    active, expired, revoked, cut, both = AccessToken.objects.order_by("pk")
    AccessToken.objects.filter(pk__in=(expired.pk, both.pk)).update(
        issued_at=now - timedelta(hours=2), expires_at=now - timedelta(hours=1)
    )
    revoke_token(revoked, actor=actor)
    revoke_client_tokens(other.client, actor=actor)
    get_token(other)
    fresh = AccessToken.objects.latest("pk")
    for state, expected in {
        "active": [fresh, active],
        "expired": [expired],
        "revoked": [revoked],
        "revoked_together": [both, cut],
        "": [fresh, both, cut, revoked, expired, active],
        "nonsense": [fresh, both, cut, revoked, expired, active],
    }.items():
        found = tokens_on(boss.get(url("accesstoken_changelist"), {"state": state}))
        assert found == [token.pk for token in expected], state
        for pk in found if state not in {"", "nonsense"} else ():
            assert AccessToken.objects.get(pk=pk).state == state.partition("_")[0]


def test_list_is_searched_by_the_whole_client_id(boss: HttpClient, register, get_token):
    get_token(register("a", client_id="robot-1"))
    get_token(register("a", client_id="robot-2"))
    wanted = AccessToken.objects.get(client__client_id="robot-1")
    for query, expected in (("robot-1", [wanted.pk]), ("robot", [])):
        assert tokens_on(boss.get(url("accesstoken_changelist"), {"q": query})) == expected


def test_list_takes_no_more_queries_for_more_tokens(boss: HttpClient, register, get_token):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert boss.get(url("accesstoken_changelist")).status_code == 200
        return len(captured)

    get_token(register("a"))
    before = queries()
    for number in range(5):
        get_token(register("a", name=f"Client {number}"))
    assert queries() == before


def test_hash_is_on_no_page(boss: HttpClient, token: AccessToken):
    for page in (url("accesstoken_changelist"), url("accesstoken_change", token.pk)):
        text = boss.get(page).content.decode()
        assert token.token_hash not in text
        assert "token_hash" not in text


def test_name_of_the_client_is_escaped(boss: HttpClient, register, get_token):
    get_token(register("a", name="<script>alert(1)</script>"))
    pk = AccessToken.objects.get().pk
    for page in (url("accesstoken_changelist"), url("accesstoken_change", pk)):
        text = boss.get(page).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_revoked_token_is_refused(
    boss: HttpClient, registered: Registered, http: HttpClient, bearer
):
    headers = bearer(registered)
    pk = AccessToken.objects.get().pk
    AuditEvent.objects.all().delete()
    response = boss.post(url("accesstoken_revoke", pk))
    assert response.url == url("accesstoken_change", pk)
    assert messages_of(response) == ["Revoked the token."]
    assert http.get("/api/orders/", headers=headers).status_code == 401
    event = AuditEvent.objects.get(kind="token.revoked")
    assert (event.kind, event.actor_name, event.address) == ("token.revoked", "ada", "192.0.2.7")
    assert LogEntry.objects.get().change_message == "Revoked."


def test_token_that_was_revoked_already_is_said_so(boss: HttpClient, token: AccessToken, actor):
    revoke_token(token, actor=actor)
    response = boss.post(url("accesstoken_revoke", token.pk))
    assert messages_of(response) == ["The token was revoked already."]
    assert AuditEvent.objects.filter(kind="token.revoked").count() == 1
    assert not LogEntry.objects.exists()


def test_link_revokes_nothing(boss: HttpClient, token: AccessToken):
    assert boss.get(url("accesstoken_revoke", token.pk)).status_code == 405


def test_button_is_there_while_there_is_something_to_end(
    boss: HttpClient, token: AccessToken, actor
):
    address = url("accesstoken_revoke", token.pk)
    assert address in boss.get(url("accesstoken_change", token.pk)).content.decode()
    revoke_token(token, actor=actor)
    page = boss.get(url("accesstoken_change", token.pk)).content.decode()
    assert address not in page
    assert '<div class="readonly">revoked</div>' in page


def test_selected_tokens_are_revoked(boss: HttpClient, registered: Registered, get_token):
    for _ in range(3):
        get_token(registered)
    first, _, third = AccessToken.objects.order_by("pk")
    fields = {"action": "revoke_selected", "_selected_action": [first.pk, third.pk]}
    response = boss.post(url("accesstoken_changelist"), fields)
    assert messages_of(response) == ["Revoked 2 tokens."]
    states = [token.state for token in AccessToken.objects.order_by("pk")]
    assert states == ["revoked", "active", "revoked"]
    assert AuditEvent.objects.filter(kind="token.revoked").count() == 2


def test_viewer_gets_no_button_and_no_action(sign_in, token: AccessToken):
    http = sign_in("view_accesstoken", "change_accesstoken")
    detail = http.get(url("accesstoken_change", token.pk)).content.decode()
    assert url("accesstoken_revoke", token.pk) not in detail
    assert "revoke_selected" not in http.get(url("accesstoken_changelist")).content.decode()


def test_viewer_cannot_revoke_by_hand(sign_in, token: AccessToken):
    http = sign_in("view_accesstoken", "change_accesstoken", "delete_accesstoken")
    fields = {"action": "revoke_selected", "_selected_action": [token.pk]}
    http.post(url("accesstoken_changelist"), fields)
    assert http.post(url("accesstoken_revoke", token.pk)).status_code == 403
    token.refresh_from_db()
    assert token.state == "active"


def test_token_is_not_added_changed_or_deleted_even_by_a_superuser(
    boss: HttpClient, token: AccessToken
):
    before = AccessToken.objects.values().get()
    for address in (
        url("accesstoken_add"),
        url("accesstoken_change", token.pk),
        url("accesstoken_delete", token.pk),
    ):
        assert boss.post(address, {"scope": "all", "post": "yes"}).status_code == 403
    assert AccessToken.objects.values().get() == before
