from datetime import timedelta

import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.models import AuditEvent
from tests.admin.pages import url
from tests.conftest import Registered
from tests.trails import seal

pytestmark = pytest.mark.django_db


def kinds_on(response) -> list[str]:
    return [event.kind for event in response.context["cl"].result_list]


def test_list_says_what_happened_newest_first(boss: HttpClient, registered: Registered, post_token):
    credentials = {**registered.credentials, "client_secret": "a typo"}
    post_token({"grant_type": "client_credentials", **credentials})
    response = boss.get(url("auditevent_changelist"))
    assert kinds_on(response) == ["token.refused", "secret.created", "client.created"]
    page = response.content.decode()
    for text in ("the tests", registered.client_id, "127.0.0.1", "malformed_secret"):
        assert text in page


@pytest.mark.parametrize(
    "query,kinds",
    [
        ({"kind": "secret.created"}, ["secret.created"]),
        ({"kind": "client.deleted"}, []),
        ({"q": "ROBOT"}, ["secret.created", "client.created"]),
        ({"q": "other"}, []),
    ],
    ids=["kind", "kind that did not happen", "client", "other client"],
)
def test_list_is_filtered_and_searched(boss: HttpClient, register, query, kinds: list[str]):
    register(client_id="robot-1")
    assert kinds_on(boss.get(url("auditevent_changelist"), query)) == kinds


def test_list_is_filtered_by_date(boss: HttpClient, registered: Registered):
    old = AuditEvent.objects.filter(kind="client.created")
    old.update(created_at=timezone.now() - timedelta(days=400))
    since = {"created_at__gte": (timezone.now() - timedelta(days=7)).isoformat()}
    assert kinds_on(boss.get(url("auditevent_changelist"), since)) == ["secret.created"]


def test_detail_is_indented_and_escaped(boss: HttpClient):
    event = AuditEvent.objects.create(kind="client.changed", detail={"né": "<script>x</script>"})
    page = boss.get(url("auditevent_change", event.pk)).content.decode()
    assert '<pre class="m2m-code">{\n' in page
    assert "  &quot;né&quot;: &quot;&lt;script&gt;x&lt;/script&gt;&quot;\n}</pre>" in page
    assert "<script>x" not in page


def test_trail_cannot_be_written_even_by_a_superuser(boss: HttpClient, registered: Registered):
    before = list(AuditEvent.objects.values())
    pk = before[0]["id"]
    for address in (
        url("auditevent_add"),
        url("auditevent_change", pk),
        url("auditevent_delete", pk),
    ):
        assert boss.post(address, {"kind": "x", "post": "yes"}).status_code == 403
    fields = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    boss.post(url("auditevent_changelist"), fields)
    assert list(AuditEvent.objects.values()) == before


def test_trail_is_not_for_those_without_the_permission(sign_in, registered: Registered):
    http = sign_in("view_client")
    assert http.get(url("auditevent_changelist")).status_code == 403


def test_trail_outlives_its_client(boss: HttpClient, registered: Registered):
    boss.post(url("client_delete", registered.client.pk), {"post": "yes"})
    page = boss.get(url("auditevent_changelist")).content.decode()
    assert page.count(f">{registered.client_id}</td>") == 3


def test_list_and_page_say_whether_a_row_is_sealed(boss: HttpClient, registered: Registered):
    changelist = url("auditevent_changelist")
    assert boss.get(changelist).content.decode().count('alt="False"') == 2
    seal()
    assert boss.get(changelist).content.decode().count('alt="True"') == 2
    pk = AuditEvent.objects.first().pk
    assert "batch 1" in boss.get(url("auditevent_change", pk)).content.decode()
