"""Mutual TLS: clients known by their certificate, and tokens that work only with it."""

import logging

import pytest
from django.test import Client as HttpClient

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AccessToken, AuditEvent, Client
from oauth_m2m.operations.client_keys import add_client_keys
from tests.certificates import BEHIND_PROXY, HEADER, PROXY, Holder, make_certificate
from tests.challenges import BEARER
from tests.conftest import FORM, TOKEN_URL, Registered
from tests.endpoints import basic
from tests.error_ids import body_of, challenge_of

pytestmark = pytest.mark.django_db

LOGGER = "oauth_m2m.resource_server"
MINE, OTHER = make_certificate("CN=orders,O=Example"), make_certificate("CN=orders,O=Example")
INVALID = f'{BEARER}, error="invalid_token", error_description="The access token is not valid."'

formats = pytest.mark.parametrize("token_format", ["opaque", "jwt"])


@pytest.fixture(autouse=True)
def _behind_proxy(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **BEHIND_PROXY}


@pytest.fixture
def client(register, actor) -> Registered:
    """A client whose tokens are bound to its certificate, which is registered."""
    methods = ["self_signed_tls_client_auth", "client_secret_basic"]
    registered = register("orders:read", auth_methods=methods, requires_certificate=True)
    add_client_keys(registered.client, read_pasted_keys(MINE.pem), actor=actor)
    return registered


def ask(body: str, sent: dict) -> object:
    return HttpClient().post(TOKEN_URL, body, content_type=FORM, **sent)


def token_of(client: Registered, holder: Holder = MINE) -> str:
    body = f"grant_type=client_credentials&client_id={client.client_id}"
    response = ask(body, holder.through_proxy())
    assert response.status_code == 200, response.content
    assert response.json()["token_type"] == "Bearer"
    return response.json()["access_token"]


def call(token: str, holder: Holder | None = None, url: str = "/api/orders/", **headers: str):
    headers = {"Authorization": f"Bearer {token}", **headers}
    sent = {"headers": headers} if holder is None else holder.through_proxy("NONE", **headers)
    return HttpClient().get(url, **sent)


@pytest.mark.rfc("8705", "2.1")
def test_client_is_known_by_its_subject(register):
    subject = {"subject_dn": "CN=orders,O=Example"}
    registered = register("a", auth_methods=["tls_client_auth"], tls_subject=subject)
    assert token_of(registered, OTHER)
    assert AccessToken.objects.get().confirmation is None


@pytest.mark.rfc("8705", "2.2")
@pytest.mark.rfc("8705", "3.1")
@formats
def test_token_works_with_the_certificate_it_is_bound_to(client, token_format):
    Client.objects.update(token_format=token_format)
    token = token_of(client)
    for url in ("/api/orders/", "/reports/daily"):
        assert call(token, MINE, url).status_code in {200, 403}
    assert call(token, MINE).status_code == 200


@pytest.mark.rfc("8705", "3")
@formats
@pytest.mark.parametrize(
    "holder, reason",
    [(OTHER, "certificate_of_another"), (None, "certificate_missing")],
    ids=["another certificate", "no certificate"],
)
@pytest.mark.parametrize("url", ["/api/orders/", "/reports/daily"], ids=["DRF", "plain"])
def test_bound_token_is_refused_without_it(client, token_format, holder, reason, url, caplog):
    Client.objects.update(token_format=token_format)
    token = token_of(client)
    caplog.set_level(logging.INFO, LOGGER)
    response = call(token, holder, url)
    assert response.status_code == 401
    assert challenge_of(response) == INVALID
    logged = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert logged == [f"token refused: client={client.client_id} reason={reason}"]


@pytest.mark.rfc("8705", "3")
def test_bound_token_with_a_malformed_certificate_is_refused(client):
    token = token_of(client)
    headers = {"Authorization": f"Bearer {token}", HEADER: "nonsense"}
    response = HttpClient().get("/api/orders/", REMOTE_ADDR=PROXY, headers=headers)
    assert response.status_code == 401


@pytest.mark.rfc("8705", "3")
def test_secret_and_certificate_bind_the_token_and_are_not_two_methods(client):
    response = ask("grant_type=client_credentials", MINE.through_proxy(**basic(client)))
    assert response.status_code == 200, response.content
    assert AccessToken.objects.get().confirmation == {"x5t#S256": MINE.thumbprint}


@pytest.mark.rfc("8705", "3")
def test_client_that_binds_its_tokens_gets_none_without_a_certificate(client):
    response = ask("grant_type=client_credentials", {"headers": basic(client)})
    assert response.status_code == 400
    assert body_of(response) == {
        "error": "invalid_request",
        "error_description": (
            "This client must bind its tokens: send a DPoP proof or use its certificate."
        ),
    }
    event = AuditEvent.objects.get(kind="token.refused")
    assert (event.reason, event.client_identifier) == ("binding_required", client.client_id)


@pytest.mark.rfc("8705", "3.2")
@formats
def test_introspection_shows_the_binding(client, token_format):
    Client.objects.update(token_format=token_format)
    body = f"client_id={client.client_id}&token={token_of(client)}"
    sent = MINE.through_proxy()
    answer = HttpClient().post("/oauth/introspect", body, content_type=FORM, **sent).json()
    assert answer["active"] is True
    assert answer["cnf"] == {"x5t#S256": MINE.thumbprint}
    assert answer["token_type"] == "Bearer"


@pytest.mark.rfc("8705", "2")
def test_wrong_certificate_is_an_invalid_client(client):
    response = ask(
        f"grant_type=client_credentials&client_id={client.client_id}", OTHER.through_proxy()
    )
    assert response.status_code == 401
    assert body_of(response) == {
        "error": "invalid_client",
        "error_description": "Client authentication failed.",
    }
    assert AuditEvent.objects.get(kind="token.refused").reason == "certificate_of_another"


@pytest.mark.parametrize("path", [TOKEN_URL, "/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize("method", ["certificate", "secret"])
def test_certificate_from_a_stranger_is_refused_and_audited_at_every_endpoint(client, path, method):
    headers = {HEADER: MINE.escaped, **(basic(client) if method == "secret" else {})}
    body = f"grant_type=client_credentials&token=a&client_id={client.client_id}"
    response = HttpClient().post(
        path, body, content_type=FORM, headers=headers, REMOTE_ADDR="198.51.100.7"
    )
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    event = AuditEvent.objects.get(reason="certificate_from_stranger")
    assert (event.client_identifier, event.address) == (client.client_id, "198.51.100.7")


@pytest.mark.parametrize("is_bound", [True, False], ids=["bound", "unbound"])
def test_certificate_from_a_stranger_is_refused_and_audited_at_the_api(client, is_bound, caplog):
    token = token_of(client)
    if not is_bound:
        AccessToken.objects.update(confirmation=None)
    response = call(token, **{HEADER: MINE.escaped})
    assert response.status_code == 401
    event = AuditEvent.objects.get(kind="api.refused")
    assert (event.reason, event.client_identifier) == (
        "certificate_from_stranger",
        client.client_id,
    )
    levels = [record.levelno for record in caplog.records if record.name == LOGGER]
    assert levels == [logging.WARNING]


def test_stranger_without_a_token_of_ours_is_refused_for_its_token(db):
    assert call("m2mt_unknown", **{HEADER: MINE.escaped}).status_code == 401
    assert AuditEvent.objects.get().reason == "malformed_token"


@pytest.mark.parametrize(
    "with_header, with_server, advertised",
    [(True, False, True), (False, True, True), (False, False, False)],
    ids=["proxy", "own server", "neither"],
)
@pytest.mark.rfc("8705", "3.3")
def test_certificates_are_advertised_where_we_can_see_them(
    settings, http, with_header, with_server, advertised
):
    if not with_header:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_CERTIFICATE_HEADER": ""}
    environ = {"SSL_CLIENT_VERIFY": "NONE"} if with_server else {}
    document = http.get("/.well-known/oauth-authorization-server", **environ).json()
    methods = {"tls_client_auth", "self_signed_tls_client_auth"}
    for endpoint in ("token", "introspection", "revocation"):
        found = methods.intersection(document[f"{endpoint}_endpoint_auth_methods_supported"])
        assert found == (methods if advertised else set())
    bound = document.get("tls_client_certificate_bound_access_tokens")
    assert bound is (True if advertised else None)
