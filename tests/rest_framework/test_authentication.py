"""The authentication class on real views: alone, beside sessions, and beside the toolkit's."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as HttpClient
from django.utils import timezone
from oauth2_provider.models import AccessToken as ToolkitToken
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from oauth_m2m.models import AccessToken
from oauth_m2m.resource_server import ClientPrincipal
from oauth_m2m.rest_framework import MachineTokenAuthentication
from oauth_m2m.values import VerifiedToken
from tests.challenges import BEARER
from tests.conftest import Registered
from tests.error_ids import challenge_of
from tests.host.views import ListedScopes
from tests.proofs import proof, proof_for

pytestmark = pytest.mark.django_db

NO_TOKEN = {"detail": "Authentication credentials were not provided."}
INVALID_TOKEN = {"detail": "The access token is not valid."}
INVALID_CHALLENGE = (
    f'{BEARER}, error="invalid_token", error_description="The access token is not valid."'
)
UNKNOWN = {"Authorization": "Bearer nobody-knows-this-one"}
OURS_BUT_BAD = {"Authorization": "Bearer m2mt_mistyped"}


@pytest.fixture
def toolkit_bearer(db: None) -> dict[str, str]:
    """The headers of a request with a token of django-oauth-toolkit."""
    user = get_user_model().objects.create_user("person")
    expires = timezone.now() + timedelta(hours=1)
    ToolkitToken.objects.create(user=user, token="toolkit-token", scope="read", expires=expires)
    return {"Authorization": "Bearer toolkit-token"}


def assert_refused(response, status: int, body: dict[str, str], challenge: str | None) -> None:
    assert response.status_code == status
    assert response.json() == body
    assert challenge_of(response) == challenge


def test_good_token_names_the_client(registered: Registered, bearer, http):
    response = http.get("/host/listed", headers=bearer(registered))
    assert response.json() == {
        "user": registered.client_id,
        "is_row": False,
        "pk": f"m2m:{registered.client_id}",
        "token_of": registered.client_id,
    }


def test_request_carries_the_principal_and_the_token(register, bearer):
    registered = register("orders:read", "orders:write", name="Billing", rate_limit="9/s")
    drf_request = ListedScopes().initialize_request(
        APIRequestFactory().get("/", headers=bearer(registered))
    )
    row = AccessToken.objects.get()
    assert drf_request.user == ClientPrincipal(registered.client_id)
    assert drf_request.auth == VerifiedToken(
        client_id=registered.client_id,
        scopes=("orders:read", "orders:write"),
        audience=(),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        claims={
            "sub": registered.client_id,
            "client_id": registered.client_id,
            "scope": "orders:read orders:write",
            "iat": int(row.issued_at.timestamp()),
            "exp": int(row.expires_at.timestamp()),
        },
        client_name="Billing",
        rate_limit="9/s",
        client_pk=registered.client.pk,
        service_account=None,
    )
    assert drf_request.auth.scope == "orders:read orders:write"
    assert isinstance(drf_request.successful_authenticator, MachineTokenAuthentication)
    # Middleware and templates look at Django's request.
    assert drf_request._request.user == drf_request.user


def test_service_account_is_the_user(register, bearer, http):
    account = get_user_model().objects.create_user("robot")
    registered = register("orders:read", service_account=account)
    assert http.get("/host/listed", headers=bearer(registered)).json() == {
        "user": "robot",
        "is_row": True,
        "pk": account.pk,
        "token_of": registered.client_id,
    }


def test_inactive_service_account_is_refused(register, bearer, http):
    account = get_user_model().objects.create_user("robot")
    headers = bearer(register("orders:read", service_account=account))
    account.is_active = False
    account.save()
    response = http.get("/host/listed", headers=headers)
    assert_refused(response, 401, INVALID_TOKEN, INVALID_CHALLENGE)


def test_no_token_is_challenged_without_an_error(http):
    assert_refused(http.get("/host/listed"), 401, NO_TOKEN, BEARER)


@pytest.mark.parametrize("headers", [OURS_BUT_BAD, UNKNOWN], ids=["ours but bad", "unknown"])
@pytest.mark.parametrize("path", ["/host/listed", "/host/machines-or-people"])
def test_bad_token_is_refused(headers: dict[str, str], path: str, http):
    response = http.get(path, headers=headers)
    assert_refused(response, 401, INVALID_TOKEN, INVALID_CHALLENGE)


def test_malformed_header_is_a_bad_request(http):
    assert_refused(
        http.get("/host/listed", headers={"Authorization": "Bearer a b"}),
        400,
        {"detail": "The Authorization header is malformed."},
        f'{BEARER}, error="invalid_request",'
        ' error_description="The Authorization header is malformed."',
    )


def test_database_away_is_503_and_not_a_bad_token(registered: Registered, bearer, http, request):
    headers = bearer(registered)
    request.getfixturevalue("database_away")
    response = http.get("/host/listed", headers=headers)
    assert_refused(
        response,
        503,
        {"detail": "The server is temporarily unable to answer. Try again."},
        None,
    )
    assert response["Retry-After"] == "5"
    assert re.fullmatch("[0-9a-z]{12}", response["Error-Id"])


def test_body_is_not_read_before_the_token_is_proven(http):
    response = http.post(
        "/host/machines", b"{malformed", content_type="application/json", headers=OURS_BUT_BAD
    )
    assert_refused(response, 401, INVALID_TOKEN, INVALID_CHALLENGE)
    assert response.wsgi_request._read_started is False


def test_malformed_body_with_a_good_token_is_reported(registered: Registered, bearer, http):
    response = http.post(
        "/host/machines", b"{malformed", content_type="application/json", headers=bearer(registered)
    )
    assert response.status_code == 400
    assert response.json()["detail"].startswith("JSON parse error")


def test_post_needs_no_csrf_token(registered: Registered, bearer):
    strict = HttpClient(enforce_csrf_checks=True)
    response = strict.post("/host/session-first", {"article": "tea"}, headers=bearer(registered))
    assert response.json() == {"article": "tea"}


def test_bad_token_is_refused_by_us_though_sessions_come_first(http):
    for headers in (OURS_BUT_BAD, UNKNOWN):
        response = http.get("/host/session-first", headers=headers)
        assert_refused(response, 401, INVALID_TOKEN, INVALID_CHALLENGE)


def test_good_token_is_let_in_though_sessions_come_first(registered: Registered, bearer, http):
    response = http.get("/host/session-first", headers=bearer(registered))
    assert response.json()["token_of"] == registered.client_id


def test_no_token_is_403_when_sessions_come_first(http):
    # DRF's own rule: the first class of the view has no challenge to offer.
    assert_refused(http.get("/host/session-first"), 403, NO_TOKEN, None)


def test_token_goes_before_the_session_when_it_comes_first(
    registered: Registered, bearer, http, admin_user
):
    http.force_login(admin_user)
    person = http.get("/host/machines-or-people")
    machine = http.get("/host/machines-or-people", headers=bearer(registered))
    assert person.json()["token_of"] is None
    assert machine.json()["token_of"] == registered.client_id


def test_function_view_accepts_a_token(registered: Registered, bearer, http):
    assert http.get("/host/function", headers=bearer(registered)).json() == registered.client_id
    assert_refused(http.get("/host/function"), 401, NO_TOKEN, BEARER)


both_orders = pytest.mark.parametrize("path", ["/host/dot/ours-first", "/host/dot/ours-last"])


@both_orders
def test_toolkits_token_is_accepted_beside_us(path: str, toolkit_bearer, http):
    response = http.get(path, headers=toolkit_bearer)
    assert response.status_code == 200
    assert response.json()["user"] == "person"


@both_orders
def test_our_token_is_accepted_beside_the_toolkit(path: str, registered: Registered, bearer, http):
    response = http.get(path, headers=bearer(registered))
    assert response.status_code == 200
    assert response.json()["token_of"] == registered.client_id


@both_orders
def test_our_bad_token_is_refused_beside_the_toolkit(path: str, http):
    response = http.get(path, headers=OURS_BUT_BAD)
    assert_refused(response, 401, INVALID_TOKEN, INVALID_CHALLENGE)


@pytest.mark.parametrize(
    "path, body",
    [
        pytest.param("/host/dot/ours-first", NO_TOKEN, id="ours first: nobody spoke for it"),
        pytest.param("/host/dot/ours-last", INVALID_TOKEN, id="ours last: refused by us"),
    ],
)
def test_token_that_neither_knows_is_refused_as_a_bad_token(path: str, body, http):
    assert_refused(http.get(path, headers=UNKNOWN), 401, body, INVALID_CHALLENGE)


@both_orders
def test_no_token_is_challenged_beside_the_toolkit(path: str, http):
    # DRF lets the view's first authenticator speak.
    challenge = BEARER if path == "/host/dot/ours-first" else 'Bearer realm="api"'
    assert_refused(http.get(path), 401, NO_TOKEN, challenge)


def test_toolkits_token_costs_us_no_statement(toolkit_bearer, django_assert_num_queries):
    drf_request = ListedScopes().initialize_request(
        APIRequestFactory().get("/", headers=toolkit_bearer)
    )
    [ours] = drf_request.authenticators
    drf_request.authenticators = (ours, MachineTokenAuthentication())
    with django_assert_num_queries(0):
        assert ours.authenticate(drf_request) is None


def test_nonce_is_asked_for_where_there_is_no_view(registered: Registered, post_token, settings):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    token = post_token(fields, DPoP=proof()).json()["access_token"]
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": True}
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof_for(token)}
    asked = APIRequestFactory().get("/api/orders/", headers=headers)
    by_hand = Request(asked, authenticators=[MachineTokenAuthentication()])
    with pytest.raises(AuthenticationFailed) as refused:
        _ = by_hand.user
    assert refused.value.detail.code == "use_dpop_nonce"


def test_answers_are_not_cached_for_another_token(registered: Registered, bearer, http):
    for headers in ({}, OURS_BUT_BAD, bearer(registered)):
        varied = {
            name.strip() for name in http.get("/api/orders/", headers=headers)["Vary"].split(",")
        }
        assert "Authorization" in varied
