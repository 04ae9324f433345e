"""django-oauth-toolkit's own permission classes over machine tokens."""

import pytest
from django.test import override_settings
from oauth2_provider.contrib.rest_framework import OAuth2Authentication

from oauth_m2m.rest_framework import MachineTokenAuthentication
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

DENIED = {"detail": "You do not have permission to perform this action."}

CLASSES = [
    pytest.param("/host/dot/has-scope", ["orders"], id="TokenHasScope"),
    pytest.param("/host/dot/read-write", ["orders", "read"], id="TokenHasReadWriteScope"),
    pytest.param("/host/dot/resource", ["orders:read"], id="TokenHasResourceScope"),
    pytest.param("/host/dot/oas", ["orders", "read"], id="TokenMatchesOASRequirements"),
    pytest.param("/host/dot/oas", ["admin"], id="TokenMatchesOASRequirements, the alternative"),
    pytest.param(
        "/host/dot/authenticated-or-scope", ["orders"], id="IsAuthenticatedOrTokenHasScope"
    ),
]
classes = pytest.mark.parametrize("path, scopes", CLASSES)


@classes
def test_token_with_the_scopes_is_let_in(path: str, scopes: list[str], register, bearer, http):
    registered = register(*scopes)
    response = http.get(path, headers=bearer(registered))
    assert response.status_code == 200
    assert response.json()["token_of"] == registered.client_id


@classes
def test_token_without_one_of_the_scopes_is_refused(
    path: str, scopes: list[str], register, bearer, http
):
    for missing in scopes:
        others = [scope for scope in scopes if scope != missing]
        response = http.get(path, headers=bearer(register("other", *others)))
        assert response.status_code == 403
        assert response.json() == DENIED


@classes
def test_bad_token_is_refused(path: str, scopes: list[str], http):
    response = http.get(path, headers={"Authorization": "Bearer m2mt_bad"})
    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    "path, scopes",
    [
        pytest.param("/host/dot/read-write", ["orders", "write"], id="TokenHasReadWriteScope"),
        pytest.param("/host/dot/resource", ["orders:write"], id="TokenHasResourceScope"),
    ],
)
def test_writing_needs_the_scope_for_writing(path: str, scopes: list[str], register, bearer, http):
    headers = bearer(register(*scopes))
    assert http.post(path, headers=headers).status_code == 200
    assert http.get(path, headers=headers).status_code == 403


def test_service_account_needs_the_scope_as_well(register, bearer, http, admin_user):
    # To IsAuthenticatedOrTokenHasScope the account would otherwise be a person who logged in.
    path = "/host/dot/authenticated-or-scope"
    without = register("other", service_account=admin_user)
    assert http.get(path, headers=bearer(without)).status_code == 403
    assert http.get(path, headers=bearer(register("orders"))).status_code == 200


def test_person_needs_no_token_where_the_toolkit_says_so(http, admin_user):
    http.force_login(admin_user)
    response = http.get("/host/dot/authenticated-or-scope")
    assert response.json()["user"] == "admin"


def test_toolkit_can_name_the_missing_scope(registered: Registered, bearer, http):
    with override_settings(OAUTH2_PROVIDER={"ERROR_RESPONSE_WITH_SCOPES": True}):
        response = http.get("/host/dot/has-scope", headers=bearer(registered))
    assert response.status_code == 403
    assert response.json()["required_scopes"] == ["orders"]


def test_ours_is_one_of_the_toolkits_authentication_classes():
    assert issubclass(MachineTokenAuthentication, OAuth2Authentication)
