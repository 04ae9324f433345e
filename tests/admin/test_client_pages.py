import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from oauth_m2m.models import AuditEvent, Scope
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.values import Actor
from tests.admin.pages import form_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


def test_change_page_shows_secrets_without_their_digest(
    boss: HttpClient, registered: Registered, bearer
):
    bearer(registered)
    page = boss.get(url("client_change", registered.client.pk)).content.decode()
    secret = registered.client.secrets.get()
    assert f"<code>{secret.key_id}</code>" in page
    assert f"<code>…{secret.hint}</code>" in page
    assert secret.digest not in page
    assert registered.secret not in page
    assert registered.client.access_tokens.get().token_hash not in page
    assert url("client_revoke_secret", registered.client.pk, secret.pk) in page


def test_change_page_of_a_client_without_secrets_says_so(boss: HttpClient, registered: Registered):
    registered.client.secrets.all().delete()
    page = boss.get(url("client_change", registered.client.pk)).content.decode()
    assert "It has no secret, so it cannot authenticate with one." in page


def test_disabled_client_can_be_enabled_from_its_page(
    boss: HttpClient, registered: Registered, actor
):
    pk = registered.client.pk
    assert url("client_disable", pk) in boss.get(url("client_change", pk)).content.decode()
    disable_client(registered.client, actor=actor)
    page = boss.get(url("client_change", pk)).content.decode()
    assert url("client_enable", pk) in page
    assert url("client_disable", pk) not in page


def test_viewer_sees_all_and_gets_no_buttons(sign_in, registered: Registered):
    http, pk = sign_in("view_client"), registered.client.pk
    page = http.get(url("client_change", pk)).content.decode()
    assert "orders:read (by default), orders:write (when asked for)" in page
    assert registered.key_id in page
    for name in (
        "client_disable",
        "client_enable",
        "client_add_secret",
        "client_rotate_secret",
        "client_revoke_tokens",
    ):
        assert url(name, pk) not in page
    assert url("accesstoken_changelist") not in page
    assert url("auditevent_changelist") not in page
    assert 'name="_save"' not in page


def test_list_shows_a_few_scopes_and_how_many_more(boss: HttpClient, register):
    register(*(f"scope:{number}" for number in range(6)), name="Many")
    register("scope:0", "scope:1", "scope:2", "scope:3", name="Four")
    register(name="None")
    page = boss.get(url("client_changelist")).content.decode()
    assert (
        '<td class="field-scope_names">scope:0, scope:1, scope:2, scope:3 and 2 more</td>' in page
    )
    assert '<td class="field-scope_names">scope:0, scope:1, scope:2, scope:3</td>' in page
    assert '<td class="field-scope_names">-</td>' in page


def names_on(response) -> list[str]:
    return [client.name for client in response.context["cl"].result_list]


@pytest.mark.parametrize(
    "query,names",
    [
        ({}, ["Arm", "Bot", "Cart"]),
        ({"q": "arm"}, ["Arm"]),
        ({"q": "id-of-b"}, ["Bot"]),
        ({"q": "c@example"}, ["Cart"]),
        ({"is_active__exact": "0"}, ["Bot"]),
        ({"scopes__name": "orders:read"}, ["Arm", "Cart"]),
    ],
    ids=["all", "by name", "by client id", "by contact", "disabled", "by scope"],
)
def test_list_is_searched_and_filtered(boss: HttpClient, register, query, names: list[str]):
    register("orders:read", name="Arm")
    register("orders:write", name="Bot", client_id="id-of-b", is_active=False)
    register("orders:read", "orders:write", name="Cart", contact_email="c@example.com")
    if "scopes__name" in query:
        query = {"scopes__id__exact": Scope.objects.get(name=query["scopes__name"]).pk}
    assert names_on(boss.get(url("client_changelist"), query)) == names


def queries_of(boss: HttpClient, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert boss.get(address).status_code == 200
    return len(queries)


def test_list_takes_no_more_queries_for_more_clients(boss: HttpClient, register):
    register("a", "b")
    before = queries_of(boss, url("client_changelist"))
    for _ in range(5):
        register("a", "b", "c", optional=("d",))
    assert queries_of(boss, url("client_changelist")) == before


def test_page_takes_no_more_queries_for_more_secrets_and_scopes(
    boss: HttpClient, registered: Registered, ada
):
    address = url("client_change", registered.client.pk)
    add_secret(registered.client, actor=Actor("ada", ada))
    before = queries_of(boss, address)
    for number in range(5):
        Scope.objects.create(name=f"scope:{number}")
        add_secret(registered.client, actor=Actor("ada", ada))
    assert queries_of(boss, address) == before


def test_script_in_a_client_is_escaped_everywhere(boss: HttpClient, register, actor):
    client = register("a", name=SCRIPT, description=SCRIPT, metadata={"a": SCRIPT}).client
    Scope.objects.update(description=SCRIPT)
    add_secret(client, actor=actor, description=SCRIPT)
    address = url("client_change", client.pk)
    boss.post(address, {**form_of(boss.get(address)), "description": SCRIPT * 2})
    for page in (
        url("client_changelist"),
        url("client_change", client.pk),
        url("client_history", client.pk),
        url("client_delete", client.pk),
        url("client_rotate_secret", client.pk),
        url("auditevent_changelist"),
        *(url("auditevent_change", event.pk) for event in AuditEvent.objects.all()),
    ):
        text = boss.get(page).content.decode()
        assert "<script>alert" not in text, page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_pages_need_no_inline_script_or_style(boss: HttpClient, registered: Registered):
    for page in (
        url("client_add"),
        url("client_change", registered.client.pk),
        url("client_rotate_secret", registered.client.pk),
        url("client_revoke_tokens", registered.client.pk),
    ):
        text = boss.get(page).content.decode()
        for forbidden in (" style=", " onclick=", " onsubmit=", "<style", "javascript:"):
            assert forbidden not in text.split('id="content"')[1], page
