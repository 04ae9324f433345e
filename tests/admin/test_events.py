import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client as HttpClient
from django.utils import timezone

import oauth_m2m
from oauth_m2m.admin.events import KINDS
from oauth_m2m.models import AuditEvent
from tests.admin.pages import url
from tests.conftest import Registered

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
    assert page.count(registered.client_id) == 3


def test_every_kind_that_the_code_writes_can_be_chosen():
    package = Path(oauth_m2m.__file__).parent
    kind = re.compile(
        r'"((?:client|secret|token|api|introspection|revocation|signing_key|credential'
        r"|secret_scanning)\.[a-z_]+)\""
    )
    sources = [p for p in package.rglob("*.py") if "admin" not in p.relative_to(package).parts]
    written = {found for path in sources for found in kind.findall(path.read_text())}
    actions = ("created", "changed", "deleted")
    written |= {f"{row}.{action}" for row in ("scope", "resource_server") for action in actions}
    written |= {
        f"{row}.{action}" for row in ("trusted_issuer", "workload_identity") for action in actions
    }
    written |= {"client_key.created", "client_key.revoked"}
    assert sorted(written) == sorted(KINDS)
