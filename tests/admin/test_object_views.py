import pytest
from django.test import Client as HttpClient

from oauth_m2m.models import AuditEvent
from tests.admin.pages import url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

NAMES = ("client_add_secret", "client_rotate_secret", "client_revoke_tokens", "client_disable")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pk", ["999999", "nobody", "1_2F", "9" * 30], ids=str)
def test_row_that_does_not_exist_is_404(boss: HttpClient, name: str, pk: str):
    assert boss.post(url(name, pk)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_row_that_does_not_exist_is_403_for_those_who_may_not_look(sign_in, name: str):
    assert sign_in("rotate_secret", "revoke_token").post(url(name, 1)).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_visitor_is_sent_to_the_login(client: HttpClient, registered: Registered, name: str):
    address = url(name, registered.client.pk)
    response = client.post(address)
    assert response.status_code == 302
    assert response.url == f"/admin/login/?next={address}"


@pytest.mark.parametrize("name", NAMES)
def test_post_without_a_csrf_token_is_refused(ada, registered: Registered, name: str):
    http = HttpClient(enforce_csrf_checks=True)
    http.force_login(ada)
    AuditEvent.objects.all().delete()
    assert http.post(url(name, registered.client.pk)).status_code == 403
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_405(boss: HttpClient, registered: Registered, method: str):
    response = getattr(boss, method)(url("client_rotate_secret", registered.client.pk))
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"


def test_head_of_a_page_that_asks_changes_nothing(boss: HttpClient, registered: Registered):
    AuditEvent.objects.all().delete()
    for name in ("client_revoke_tokens", "client_add_secret"):
        assert boss.head(url(name, registered.client.pk)).status_code == 200
    assert not AuditEvent.objects.exists()


def test_page_that_asks_leads_back_and_names_the_client(boss: HttpClient, register):
    client = register(name="<script>x</script>").client
    page = boss.get(url("client_revoke_tokens", client.pk)).content.decode()
    assert f'<a href="{url("client_change", client.pk)}" class="closelink">' in page
    assert "<strong>&lt;script&gt;x&lt;/script&gt;</strong>" in page
    assert "<script>x" not in page


@pytest.mark.urls("tests.admin.urls_of_two_sites")
def test_person_stays_on_the_site_where_the_button_was(boss: HttpClient, registered: Registered):
    address = f"/ops/oauth_m2m/client/{registered.client.pk}"
    assert f'action="{address}/disable/"' in boss.get(f"{address}/change/").content.decode()
    assert boss.post(f"{address}/disable/").url == f"{address}/change/"
    assert f'href="{address}/change/"' in boss.get(f"{address}/revoke-tokens/").content.decode()


@pytest.mark.urls("tests.admin.urls_of_another_site")
def test_site_without_tokens_and_trail_has_no_links_to_them(
    boss: HttpClient, registered: Registered
):
    response = boss.get(f"/ops/oauth_m2m/client/{registered.client.pk}/change/")
    assert response.status_code == 200
    page = response.content.decode()
    assert "accesstoken" not in page
    assert "auditevent" not in page
