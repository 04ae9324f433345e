import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as HttpClient

from oauth_m2m.models import AuditEvent
from oauth_m2m.operations.clients import disable_client
from tests.admin.pages import messages_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


def test_disabled_client_is_refused_until_it_is_enabled(
    boss: HttpClient, registered: Registered, http: HttpClient, bearer
):
    pk, headers = registered.client.pk, bearer(registered)
    disabled = boss.post(url("client_disable", pk))
    assert disabled.url == url("client_change", pk)
    assert messages_of(disabled) == ["Disabled: its tokens are refused."]
    assert http.get("/api/orders/", headers=headers).status_code == 401
    enabled = boss.post(url("client_enable", pk))
    assert messages_of(enabled)[1:] == ["Enabled: it may work again."]
    assert http.get("/api/orders/", headers=headers).status_code == 200


def test_second_click_changes_nothing(boss: HttpClient, registered: Registered, actor):
    pk = registered.client.pk
    assert messages_of(boss.post(url("client_enable", pk))) == ["It was enabled already."]
    disable_client(registered.client, actor=actor)
    AuditEvent.objects.all().delete()
    assert messages_of(boss.post(url("client_disable", pk)))[1:] == ["It was disabled already."]
    assert not AuditEvent.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", ["client_disable", "client_enable"])
def test_link_changes_nothing(boss: HttpClient, registered: Registered, name: str):
    response = boss.get(url(name, registered.client.pk))
    assert response.status_code == 405
    assert response["Allow"] == "POST"


def test_revoking_all_tokens_asks_first(boss: HttpClient, registered: Registered):
    response = boss.get(url("client_revoke_tokens", registered.client.pk))
    assert "All tokens that this client has now are refused" in response.content.decode()
    registered.client.refresh_from_db()
    assert registered.client.tokens_valid_after is None


def test_revoked_tokens_are_refused_and_new_ones_work(
    boss: HttpClient, registered: Registered, http: HttpClient, bearer
):
    headers = bearer(registered)
    response = boss.post(url("client_revoke_tokens", registered.client.pk))
    assert messages_of(response) == ["Revoked all of its tokens."]
    assert http.get("/api/orders/", headers=headers).status_code == 401
    assert http.get("/api/orders/", headers=bearer(registered)).status_code == 200


def test_form_that_is_sent_twice_revokes_once(
    boss: HttpClient, registered: Registered, http: HttpClient, bearer
):
    address = url("client_revoke_tokens", registered.client.pk)
    for _ in range(2):
        page = boss.get(address)
        fields = {"seen": page.context["seen"]}
        assert f'<input type="hidden" name="seen" value="{fields["seen"]}">' in str(page.content)
        assert messages_of(boss.post(address, fields))[-1] == "Revoked all of its tokens."
        headers = bearer(registered)
        again = boss.post(address, fields)
        assert messages_of(again)[-1] == (
            "Its tokens were revoked since you opened the page. Nothing was done; do it again if"
            " you want to end those that it got since."
        )
        assert http.get("/api/orders/", headers=headers).status_code == 200
    assert AuditEvent.objects.filter(kind="client.tokens_revoked").count() == 2


def test_each_change_is_audited_and_in_the_history(boss: HttpClient, registered: Registered):
    AuditEvent.objects.all().delete()
    for name in ("client_disable", "client_enable", "client_revoke_tokens"):
        boss.post(url(name, registered.client.pk))
    events = AuditEvent.objects.order_by("pk").values_list("kind", "actor_name", "address")
    assert list(events) == [
        ("client.disabled", "ada", "192.0.2.7"),
        ("client.enabled", "ada", "192.0.2.7"),
        ("client.tokens_revoked", "ada", "192.0.2.7"),
    ]
    entries = LogEntry.objects.order_by("pk").values_list("user__username", "change_message")
    assert list(entries) == [
        ("ada", "Disabled: its tokens are refused."),
        ("ada", "Enabled: it may work again."),
        ("ada", "Revoked all of its tokens."),
    ]


@pytest.mark.parametrize(
    "codenames,name",
    [
        (("view_client",), "client_disable"),
        (("view_client",), "client_enable"),
        (("view_client", "rotate_secret"), "client_disable"),
        (("view_client",), "client_revoke_tokens"),
        (("view_client", "change_client"), "client_revoke_tokens"),
        (("revoke_token",), "client_revoke_tokens"),
    ],
    ids=[
        "viewer disables",
        "viewer enables",
        "rotator disables",
        "viewer revokes tokens",
        "editor revokes tokens",
        "revoker who may not see clients",
    ],
)
def test_post_by_hand_without_the_permission_is_403(
    sign_in, registered: Registered, codenames, name: str
):
    AuditEvent.objects.all().delete()
    assert sign_in(*codenames).post(url(name, registered.client.pk)).status_code == 403
    assert not AuditEvent.objects.exists()
    registered.client.refresh_from_db()
    assert registered.client.is_active
    assert registered.client.tokens_valid_after is None
