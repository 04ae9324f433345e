"""Tokens that a DRF view refuses, opaque and signed, before it reads a byte of the body."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.utils import timezone

from oauth_m2m.models import AccessToken, Client, ResourceServer, Scope
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.operations.tokens import revoke_client_tokens
from tests.challenges import BEARER
from tests.conftest import Registered
from tests.error_ids import challenge_of
from tests.proofs import proof

pytestmark = pytest.mark.django_db

INVALID = {"detail": "The access token is not valid."}
CHALLENGE = f'{BEARER}, error="invalid_token", error_description="The access token is not valid."'
PATH = "/host/by-method"

both_forms = pytest.mark.parametrize("form", ["opaque", "jwt"])


@pytest.fixture
def machine(register, form: str, settings) -> Registered:
    """A client with tokens of this form, which each request looks up."""
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REVOCATION_REFRESH_SECONDS": 0}
    return register("orders:write", token_format=form)


@pytest.fixture
def post(http):
    """POST a malformed body with a token."""

    def post(token: str = "", path: str = PATH, **headers: str):
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return http.post(path, b"{malformed", content_type="application/json", headers=headers)

    return post


def assert_refused_unread(response) -> None:
    assert response.status_code == 401
    assert response.json() == INVALID
    assert challenge_of(response) == CHALLENGE
    assert response.wsgi_request._read_started is False


@both_forms
def test_good_token_gets_as_far_as_the_body(machine, get_token, post):
    # Else what follows would hold for any token.
    response = post(get_token(machine))
    assert response.status_code == 400
    assert response.json()["detail"].startswith("JSON parse error")


@both_forms
def test_token_of_a_disabled_client_is_refused(machine, get_token, post, actor):
    token = get_token(machine)
    disable_client(machine.client, actor=actor)
    assert_refused_unread(post(token))


@both_forms
def test_revoked_token_is_refused(machine, get_token, post, actor):
    token = get_token(machine)
    revoke_client_tokens(machine.client, actor=actor)
    assert_refused_unread(post(token))


@both_forms
def test_token_for_another_api_is_refused(machine, get_token, post, form):
    api = ResourceServer.objects.create(identifier="https://stock.example.com", name="Stock")
    Scope.objects.filter(name="orders:write").update(resource_server=api)
    token = get_token(machine)
    assert AccessToken.objects.filter(audience=[api.identifier]).exists() is (form == "opaque")
    assert_refused_unread(post(token))


@both_forms
def test_token_of_another_prefix_or_issuer_is_refused(machine, get_token, post, settings):
    token = get_token(machine)
    others = {"ISSUER": "https://other.example.com", "TOKEN_PREFIX": "other_"}
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **others}
    response = post(token)
    assert (response.status_code, response.json()) == (401, INVALID)
    assert challenge_of(response) == CHALLENGE.replace("auth.example", "other.example")
    assert response.wsgi_request._read_started is False


@both_forms
def test_expired_token_is_refused(machine, get_token, post):
    Client.objects.update(token_lifetime=1)
    token = get_token(machine)
    long_ago = timezone.now() - timedelta(hours=1)
    AccessToken.objects.update(issued_at=long_ago, expires_at=long_ago + timedelta(seconds=1))
    deadline = timezone.now() + timedelta(seconds=30)
    while (response := post(token)).status_code != 401:
        assert timezone.now() < deadline
    assert_refused_unread(response)


@both_forms
def test_token_from_outside_the_clients_networks_is_refused(machine, get_token, post):
    token = get_token(machine)
    Client.objects.update(allowed_networks=["192.0.2.0/24"])
    assert_refused_unread(post(token))


@both_forms
def test_token_of_an_inactive_service_account_is_refused(machine, get_token, post):
    token = get_token(machine)
    account = get_user_model().objects.create_user("robot")
    Client.objects.update(service_account=account)
    assert post(token).status_code == 400
    get_user_model().objects.update(is_active=False)
    assert_refused_unread(post(token))


@both_forms
def test_service_account_is_the_user_whatever_the_token(machine, get_token, http):
    account = get_user_model().objects.create_user("robot")
    Client.objects.update(service_account=account)
    token = get_token(machine)
    response = http.get("/host/machines", headers={"Authorization": f"Bearer {token}"})
    assert response.json() == {
        "user": "robot",
        "is_row": True,
        "pk": account.pk,
        "token_of": machine.client_id,
    }


@both_forms
@pytest.mark.parametrize(
    "proofs",
    [
        pytest.param({}, id="none"),
        pytest.param({"DPoP": "nonsense"}, id="nonsense"),
    ],
)
def test_bound_token_without_its_proof_is_refused(machine, post_token, post, proofs):
    fields = {"grant_type": "client_credentials", **machine.credentials}
    answer = post_token(fields, DPoP=proof()).json()
    assert answer["token_type"] == "DPoP"
    # By the scheme that everybody may use with what was found in a log.
    assert_refused_unread(post(answer["access_token"], **proofs))
    by_its_own = post(**{"Authorization": f"DPoP {answer['access_token']}", **proofs})
    assert by_its_own.status_code == 401
    assert by_its_own.wsgi_request._read_started is False


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Bearer {0} {0}", id="two tokens"),
        pytest.param("Bearer {0}, Bearer {0}", id="doubled header"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer {0}\x00", id="NUL"),
    ],
)
@both_forms
def test_malformed_header_is_a_bad_request_and_the_body_stays_unread(
    machine, get_token, post, header
):
    response = post(Authorization=header.format(get_token(machine)))
    assert response.status_code == 400
    assert response.json() == {"detail": "The Authorization header is malformed."}
    assert response.wsgi_request._read_started is False


@both_forms
def test_token_in_query_or_form_is_not_a_token(machine, get_token, http):
    fields = {"access_token": get_token(machine)}
    in_form = {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded"}
    for response in (http.post(f"{PATH}?{urlencode(fields)}"), http.post(PATH, **in_form)):
        assert response.status_code == 401
        assert response.json() == {"detail": "Authentication credentials were not provided."}
        assert response["WWW-Authenticate"] == BEARER
    # Nor beside the header: it is a field of the view's own there, and nothing more.
    headers = {"Authorization": f"Bearer {fields['access_token']}"}
    assert http.post(PATH, {"access_token": "x"}, headers=headers).json() == {"access_token": "x"}


def _deny(_token):
    raise PermissionDenied


def _away(_token):
    raise OperationalError


@both_forms
def test_hook_can_refuse_a_token_and_the_log_says_so(machine, get_token, post, settings, caplog):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": _deny}
    caplog.set_level("INFO", "oauth_m2m.resource_server")
    assert_refused_unread(post(get_token(machine)))
    assert f"token refused: client={machine.client_id} reason=principal_refused" in caplog.messages


@both_forms
def test_hook_is_not_asked_about_a_refused_token(machine, get_token, post, settings, actor):
    token, asked = get_token(machine), []
    account = get_user_model().objects.create_user("robot", is_superuser=True)
    hook = lambda token: asked.append(token) or account  # noqa: E731 - what a host may write
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": hook}
    assert post(token).status_code == 400
    assert len(asked) == 1
    disable_client(machine.client, actor=actor)
    assert_refused_unread(post(token))
    assert_refused_unread(post("m2mt_mistyped"))
    assert len(asked) == 1


@both_forms
def test_user_of_the_hook_still_needs_the_scopes(machine, get_token, http, settings, admin_user):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": lambda _token: admin_user}
    headers = {"Authorization": f"Bearer {get_token(machine)}"}
    assert http.get("/host/machines", headers=headers).json()["user"] == "admin"
    assert http.get(PATH, headers=headers).status_code == 403


@both_forms
def test_hook_without_its_database_is_503(machine, get_token, post, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": _away}
    assert post(get_token(machine)).status_code == 503


@pytest.mark.parametrize(
    "hook", [lambda _token: True, lambda token: token.claims["x"]], ids=["wrong answer", "crash"]
)
@both_forms
def test_broken_hook_lets_nobody_in(machine, get_token, post, settings, hook):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": hook}
    assert post(get_token(machine), path="/host/or-anybody").status_code == 500
