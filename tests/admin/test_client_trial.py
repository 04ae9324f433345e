import pytest
from django.utils import timezone

from oauth_m2m.admin.client_trial import Trial, try_client
from oauth_m2m.models import AccessToken, AuditEvent, Client, ClientSecret, ResourceServer, Scope
from oauth_m2m.usage import flush
from tests.admin.pages import url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


def tried(registered: Registered, **changes) -> Trial:
    how = {"secret": "", "address": "192.0.2.7", "scopes": [], **changes}
    return try_client(Client.objects.get(pk=registered.client.pk), **how)


def test_client_that_works_is_promised_what_it_would_get(register):
    api = ResourceServer.objects.create(identifier="https://api.example.com", name="An API")
    Scope.objects.create(name="orders:read", resource_server=api)
    registered = register("orders:read", optional=("orders:write",), token_lifetime=600)
    assert tried(registered, secret=registered.secret) == Trial(
        (
            "It would get a token: opaque, for orders:read, for 10 minutes.",
            "The token would be for https://api.example.com.",
        )
    )
    assert tried(registered, scopes=["orders:write"]).sentences == (
        "It would get a token: opaque, for orders:write, for 10 minutes.",
    )


def _gone(client: Client) -> None:
    client.delete()


def _disabled(client: Client) -> None:
    Client.objects.update(is_active=False)


def _elsewhere(client: Client) -> None:
    Client.objects.update(allowed_networks=["10.0.0.0/8"])


def _without_methods(client: Client) -> None:
    Client.objects.update(auth_methods=[])


def _keyed(client: Client) -> None:
    Client.objects.update(auth_methods=["private_key_jwt"])


def _revoked(client: Client) -> None:
    ClientSecret.objects.update(revoked_at=timezone.now())


def _nothing(client: Client) -> None:
    pass


@pytest.mark.parametrize(
    "change, how, reason, error",
    [
        (_gone, {}, "unknown_client", "invalid_client"),
        (_disabled, {}, "client_disabled", "invalid_client"),
        (_elsewhere, {}, "network_not_allowed", "invalid_client"),
        (_without_methods, {}, "auth_method_not_allowed", "invalid_client"),
        (_keyed, {"secret": None}, "auth_method_not_allowed", "invalid_client"),
        (_nothing, {"secret": "x"}, "malformed_secret", "invalid_client"),
        (_revoked, {"secret": None}, "secret_revoked", "invalid_client"),
        (_nothing, {"scopes": ["x"]}, "scope_not_granted", "invalid_scope"),
    ],
    ids=[
        "deleted meanwhile",
        "disabled",
        "another network",
        "no method",
        "a secret for a client with a key",
        "another text than a secret",
        "revoked secret",
        "scope that it has not",
    ],
)
def test_client_that_does_not_work_is_told_why(registered, change, how, reason, error):
    if how.get("secret", "") is None:
        how = {**how, "secret": registered.secret}
    client = Client.objects.get()
    change(client)
    client = Client.objects.first() or registered.client
    trial = try_client(client, **{"secret": "", "address": "192.0.2.7", "scopes": [], **how})
    assert (trial.reason, trial.caller_reads) == (reason, error)


def test_method_that_the_server_does_not_allow_is_named(registered, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "AUTH_METHODS": ["private_key_jwt"]}
    trial = tried(registered)
    assert trial.reason == "auth_method_disabled"
    assert "The setting AUTH_METHODS of this server does not allow" in trial.sentences[-1]


def test_signed_token_needs_an_issuer(register, settings):
    registered = register("a", token_format="jwt")
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": "https://auth.example.com"}
    assert "a token: signed, for a, for" in tried(registered).sentences[0]
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": ""}
    assert tried(registered).reason == "issuer_missing"


def test_proof_of_the_client_is_taken_as_brought(register):
    registered = register("a", auth_methods=["private_key_jwt"], requires_dpop=True)
    trial = tried(registered)
    assert trial.reason == ""
    assert trial.sentences[-1] == (
        "The method private_key_jwt needs a public key or a JWKS URI: add one."
    )


def test_page_offers_the_address_of_the_person_and_answers(boss, registered):
    address = url("client_try", registered.client.pk)
    response = boss.get(address)
    assert response.context["form"]["address"].value() == "192.0.2.7"
    assert "/oauth/token</code>" in response.content.decode()
    page = boss.post(address, {"secret": registered.secret, "address": "192.0.2.7"})
    assert "It would work." in page.content.decode()
    assert registered.secret not in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]


def test_page_says_the_private_reason_and_what_the_client_reads(boss, registered):
    address = url("client_try", registered.client.pk)
    page = boss.post(address, {"secret": "x"}).content.decode()
    assert "The reason: <code>malformed_secret</code>." in page
    assert "The client reads only <code>invalid_client</code>." in page


def test_page_refuses_what_is_no_address(boss, registered):
    response = boss.post(url("client_try", registered.client.pk), {"address": "here"})
    assert list(response.context["form"].errors) == ["address"]
    assert "trial" not in response.context


def test_nothing_is_issued_audited_or_counted(boss, registered):
    before = AuditEvent.objects.count()
    for secret in (registered.secret, "x"):
        boss.post(url("client_try", registered.client.pk), {"secret": secret})
    flush()
    assert AuditEvent.objects.count() == before
    assert not AccessToken.objects.exists()
    registered.client.refresh_from_db()
    assert registered.client.last_used_at is None


def test_who_may_look_at_the_client_may_try_it(sign_in, registered):
    address = url("client_try", registered.client.pk)
    http = sign_in("view_client")
    assert http.get(address).status_code == 200
    page = http.get(url("client_change", registered.client.pk)).content.decode()
    assert address in page


def test_who_may_not_look_at_the_client_may_not_try_it(sign_in, registered):
    address = url("client_try", registered.client.pk)
    assert sign_in("view_accesstoken").post(address).status_code == 403
