import pytest
from django.test import Client as HttpClient

from oauth_m2m.models import AuditEvent, Client, TrustedIssuer, WorkloadIdentity
from tests.admin.pages import (
    add_client,
    change_client,
    errors_of,
    form_of,
    messages_of,
    url,
)

pytestmark = pytest.mark.django_db

ONLY_SUPERUSERS = "Only superusers may let a client act as a superuser. Choose another account."
ACTS_AS_ONE = (
    "This client acts as a superuser, and whoever has its credential does too. Ask a superuser to"
    " do this."
)


@pytest.fixture
def http(editor) -> HttpClient:
    http = HttpClient()
    http.force_login(editor)
    return http


@pytest.fixture
def own(register, editor) -> Client:
    """A client of the colleague."""
    return register("orders:read", name="Mine", owner=editor, rate_limit="1/s").client


def test_client_is_not_made_to_act_as_a_superuser(http: HttpClient, own: Client, root):
    typed = {"service_account": root.pk}
    for response in (change_client(http, own, **typed), add_client(http, **typed)):
        assert errors_of(response) == {"service_account": [ONLY_SUPERUSERS]}
    assert list(Client.objects.values_list("service_account", flat=True)) == [None]


def test_superuser_lets_a_client_act_as_a_superuser(boss: HttpClient, own: Client, root):
    assert change_client(boss, own, service_account=root.pk).status_code == 302
    own.refresh_from_db()
    assert own.service_account == root


def test_editor_lets_a_client_act_as_somebody_else(http: HttpClient, own: Client, robot):
    assert change_client(http, own, service_account=robot.pk).status_code == 302
    own.refresh_from_db()
    assert own.service_account == robot


@pytest.mark.parametrize("name", ["client_add_secret", "client_rotate_secret", "client_add_key"])
def test_credentials_of_a_client_that_acts_as_a_superuser_are_for_superusers(
    http: HttpClient, boss: HttpClient, register, root, name: str
):
    client = register(service_account=root).client
    AuditEvent.objects.all().delete()
    address = url(name, client.pk)
    for response in (http.get(address), http.post(address, {"overlap_hours": "1"})):
        assert response.status_code == 403
        assert ACTS_AS_ONE in response.content.decode()
    assert address not in http.get(url("client_change", client.pk)).content.decode()
    assert not AuditEvent.objects.exists()
    assert boss.get(address).status_code == 200
    assert address in boss.get(url("client_change", client.pk)).content.decode()


def test_client_that_acts_as_a_superuser_is_changed_by_superusers(
    http: HttpClient, boss: HttpClient, register, root
):
    # Its JWKS URI is as good as its secret.
    client = register(service_account=root).client
    address = url("client_change", client.pk)
    assert 'name="_save"' not in http.get(address).content.decode()
    assert http.post(address, {"jwks_uri": "https://evil.example/keys"}).status_code == 403
    assert 'name="_save"' in boss.get(address).content.decode()


def test_client_that_acts_as_a_superuser_is_stopped_by_everybody_and_started_by_superusers(
    http: HttpClient, boss: HttpClient, register, root
):
    client = register(service_account=root).client
    disabled = http.post(url("client_disable", client.pk))
    assert messages_of(disabled) == ["Disabled: its tokens are refused."]
    assert http.post(url("client_revoke_tokens", client.pk)).status_code == 302
    secret = client.secrets.get()
    assert http.post(url("client_revoke_secret", client.pk, secret.pk)).status_code == 302
    assert (
        url("client_enable", client.pk)
        not in http.get(url("client_change", client.pk)).content.decode()
    )
    assert http.post(url("client_enable", client.pk)).status_code == 403
    client.refresh_from_db()
    assert not client.is_active
    assert boss.post(url("client_enable", client.pk)).status_code == 302


def test_workload_does_not_become_a_client_that_acts_as_a_superuser(
    http: HttpClient, boss: HttpClient, register, root
):
    client = register(service_account=root).client
    issuer = TrustedIssuer.objects.create(name="x", issuer="https://x.example")
    fields = {"issuer": issuer.pk, "client": client.pk, "subject": "repo:mine", "conditions": ""}
    response = http.post(url("workloadidentity_add"), fields)
    assert errors_of(response) == {"client": [ACTS_AS_ONE]}
    assert boss.post(url("workloadidentity_add"), fields).status_code == 302
    address = url("workloadidentity_change", WorkloadIdentity.objects.get().pk)
    assert http.get(address).status_code == 200
    assert http.post(address, {**fields, "subject": "repo:evil"}).status_code == 403
    assert WorkloadIdentity.objects.get().subject == "repo:mine"


def test_issuer_that_vouches_for_a_client_that_acts_as_a_superuser_is_superusers(
    http: HttpClient, boss: HttpClient, register, root
):
    issuer = TrustedIssuer.objects.create(
        name="x", issuer="https://x.example", jwks_uri="https://x.example/keys"
    )
    address = url("trustedissuer_change", issuer.pk)
    moved = {**form_of(http.get(address)), "jwks_uri": "https://evil.example/keys"}
    client = register(service_account=root).client
    WorkloadIdentity.objects.create(issuer=issuer, client=client, subject="repo:x")
    assert http.get(address).status_code == 200
    assert http.post(address, moved).status_code == 403
    issuer.refresh_from_db()
    assert issuer.jwks_uri == "https://x.example/keys"
    assert boss.post(address, moved).status_code == 302


def test_account_that_becomes_a_superuser_closes_the_client(http: HttpClient, register, robot):
    client = register(service_account=robot).client
    address = url("client_rotate_secret", client.pk)
    assert http.get(address).status_code == 200
    robot.is_superuser = True
    robot.save()
    assert http.get(address).status_code == 403
