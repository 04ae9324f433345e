"""django-ninja's APIs of the host, sync and async, with real tokens."""

import re

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.test import Client as HttpClient
from openapi_spec_validator import validate

from oauth_m2m.contrib.ninja import MachineToken
from oauth_m2m.models import AuditEvent, Scope
from oauth_m2m.refusals import flush
from tests.challenges import ALGORITHMS, BEARER, DPOP
from tests.error_ids import challenge_of
from tests.host import ninja_api
from tests.host.database_away import database_away  # noqa: F401 - a fixture
from tests.proofs import ath, proof

pytestmark = pytest.mark.django_db

ORDERS = "/host/ninja/orders"
STOCK = "/host/ninja-plain/stock"
FOREIGN = "of-another-server"
BAD = f'{BEARER}, error="invalid_token", error_description="The access token is not valid."'


def call(server: str, method: str, path: str, headers: dict[str, str]):
    if server == "ASGI":
        return async_to_sync(getattr(AsyncClient(), method))(path, headers=headers)
    return getattr(HttpClient(), method)(path, headers=headers)


servers = pytest.mark.parametrize("server", ["WSGI", "ASGI"])
methods = pytest.mark.parametrize("method", ["get", "post"], ids=["sync view", "async view"])


def assert_refused(response, status: int, detail: str, challenge: str | None):
    assert (response.status_code, response.json()) == (status, {"detail": detail})
    assert challenge_of(response) == challenge
    assert response.get("Cache-Control") == "no-store"


@servers
@methods
def test_token_with_the_scopes_is_let_in(server: str, method: str, register, bearer):
    registered = register("orders:read", "orders:write")
    response = call(server, method, ORDERS, bearer(registered))
    assert (response.status_code, response.json()) == (
        200,
        {"user": registered.client_id, "token_of": registered.client_id},
    )


def test_service_account_is_the_user(register, bearer, http, django_user_model):
    ada = django_user_model.objects.create_user("ada")
    registered = register("orders:read", service_account=ada)
    response = http.get(ORDERS, headers=bearer(registered))
    assert response.json() == {"user": "ada", "token_of": registered.client_id}


@servers
@methods
def test_request_without_a_token_is_challenged(server: str, method: str):
    assert_refused(call(server, method, ORDERS, {}), 401, "Unauthorized", BEARER)


@servers
def test_token_without_a_scope_is_refused_by_its_name(server: str, registered, bearer):
    challenge = (
        f'{BEARER}, error="insufficient_scope",'
        ' error_description="The access token needs the scope orders:write.",'
        ' scope="orders:write orders:read"'
    )
    response = call(server, "post", ORDERS, bearer(registered))
    detail = "The access token needs the scope orders:write."
    assert_refused(response, 403, detail, challenge)


@pytest.mark.parametrize(
    "header, status, detail, error",
    [
        pytest.param(
            "Bearer m2mt_unknown", 401, "The access token is not valid.", "invalid_token",
            id="bad token of ours",
        ),
        pytest.param(
            "Bearer a b", 400, "The Authorization header is malformed.", "invalid_request",
            id="malformed header",
        ),
    ],
)  # fmt: skip
@servers
def test_bad_token_is_refused(server: str, header: str, status: int, detail: str, error: str):
    response = call(server, "get", ORDERS, {"Authorization": header})
    challenge = f'{BEARER}, error="{error}", error_description="{detail}"'
    assert_refused(response, status, detail, challenge)


@servers
@methods
def test_token_of_nobody_is_challenged_as_not_valid(server: str, method: str):
    response = call(server, method, ORDERS, {"Authorization": f"Bearer {FOREIGN}"})
    assert_refused(response, 401, "Unauthorized", BAD)


def test_refusals_are_noted_once_with_the_id_of_the_answer(registered, bearer, http):
    http.get(ORDERS)
    http.get("/host/ninja/either", headers={"Authorization": f"Bearer {FOREIGN}"})
    answers = [
        http.post(ORDERS, headers=bearer(registered)),
        http.get(ORDERS, headers={"Authorization": "Bearer m2mt_unknown"}),
        http.get(ORDERS, headers={"Authorization": "Bearer nobodys"}),
    ]
    flush()
    noted = [(event.kind, event.error_id) for event in AuditEvent.objects.filter(reason__gt="")]
    assert sorted(noted) == sorted(
        ("api.refused", re.search('error_id="([^"]+)"', answer["WWW-Authenticate"])[1])
        for answer in answers
    )


def test_revoked_token_is_refused(registered, bearer, http):
    headers = bearer(registered)
    assert http.get(ORDERS, headers=headers).status_code == 200
    registered.client.is_active = False
    registered.client.save()
    response = http.get(ORDERS, headers=headers)
    assert_refused(response, 401, "The access token is not valid.", BAD)


@servers
def test_database_away_is_503(server: str, registered, bearer, request):
    headers = bearer(registered)
    request.getfixturevalue("database_away")
    response = call(server, "get", ORDERS, headers)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "WWW-Authenticate" not in response
    detail = "The server is temporarily unable to answer. Try again."
    assert response.json() == {"detail": detail}


def test_bound_token_needs_its_proof_and_gets_the_nonce(registered, post_token, http, settings):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    token = post_token(fields, DPoP=proof()).json()["access_token"]
    address = {"htm": "GET", "htu": f"https://auth.example.com{ORDERS}", "ath": ath(token)}

    def get():
        return http.get(
            ORDERS, headers={"Authorization": f"DPoP {token}", "DPoP": proof(**address)}
        )

    assert get().status_code == 200
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": True}
    refused = get()
    detail = "The DPoP proof must carry the nonce of this answer."
    challenge = f'{DPOP}, error="use_dpop_nonce", error_description="{detail}", {ALGORITHMS}'
    assert_refused(refused, 401, detail, challenge)
    address["nonce"] = refused["DPoP-Nonce"]
    assert get().status_code == 200


def test_person_with_a_session_is_let_in_beside_machines(http, django_user_model):
    http.force_login(django_user_model.objects.create_user("ada"))
    response = http.get("/host/ninja/people")
    assert (response.status_code, response.json()) == (200, {"user": "ada", "token_of": None})


def test_bad_token_is_refused_although_a_session_would_do(http, django_user_model):
    http.force_login(django_user_model.objects.create_user("ada"))
    response = http.get("/host/ninja/people", headers={"Authorization": "Bearer m2mt_unknown"})
    assert_refused(response, 401, "The access token is not valid.", BAD)


def test_token_of_another_server_is_left_to_the_next_auth(registered, bearer, http):
    path = "/host/ninja/either"
    foreign = http.get(path, headers={"Authorization": f"Bearer {FOREIGN}"})
    assert (foreign.status_code, foreign.json()) == (200, "other")
    ours = http.get(path, headers=bearer(registered))
    assert (ours.status_code, ours.json()) == (200, registered.client_id)
    nobodys = http.get(path, headers={"Authorization": "Bearer nobodys"})
    assert_refused(nobodys, 401, "Unauthorized", BAD)


def test_operation_for_people_alone_does_not_speak_of_tokens(http):
    response = http.get("/host/ninja/sessions")
    assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})
    assert "WWW-Authenticate" not in response


def test_other_errors_are_answered_as_ever(registered, bearer, http):
    assert http.get("/host/ninja/open").json() == "open"
    response = http.get("/host/ninja/broken", headers=bearer(registered))
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})
    assert "WWW-Authenticate" not in response


def test_router_hands_its_auth_down(registered, register, bearer, http):
    path = "/host/ninja/routed"
    assert http.get(path, headers=bearer(registered)).status_code == 200
    assert http.get(path, headers=bearer(register("stock:read"))).status_code == 403


def test_api_of_ninjas_own_class_answers_with_the_same_statuses(register, bearer, http):
    stock = register("stock:read")
    assert http.get(STOCK, headers=bearer(stock)).json() == stock.client_id
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer m2mt_unknown"}, 401),
        (bearer(register("orders:read")), 403),
    ):
        assert http.get(STOCK, headers=headers).status_code == status


@pytest.mark.parametrize("scopes", [(), (ninja_api.orders,)], ids=["none", "a function"])
def test_anything_but_names_of_scopes_is_refused(scopes: tuple):
    with pytest.raises(TypeError, match="MachineToken takes the names of scopes"):
        MachineToken(*scopes)


def test_document_names_the_scopes_of_each_operation(http):
    Scope.objects.create(name="orders:read", description="See orders")
    Scope.objects.create(name="stock:read", description="See the stock")
    document = http.get("/host/ninja/openapi.json").json()
    validate(document)
    security = {
        f"{method} {path}": operation.get("security")
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert security == {
        "get /host/ninja/orders": [{"MachineToken": ["orders:read"]}],
        "post /host/ninja/orders": [{"MachineToken": ["orders:write", "orders:read"]}],
        "get /host/ninja/people": [{"MachineToken": ["orders:export"]}, {"SessionAuth": []}],
        "get /host/ninja/sessions": [{"SessionAuth": []}],
        "get /host/ninja/either": [{"MachineToken": ["orders:read"]}, {"OtherToken": []}],
        "get /host/ninja/open": None,
        "get /host/ninja/broken": [{"MachineToken": ["orders:read"]}],
        "get /host/ninja/routed": [{"MachineToken": ["orders:read"]}],
    }
    scopes = {
        "orders:export": "",
        "orders:read": "See orders",
        "orders:write": "",
        "stock:read": "See the stock",
    }
    flow = {"tokenUrl": "https://auth.example.com/oauth/token", "scopes": scopes}
    assert document["components"]["securitySchemes"] == {
        "MachineToken": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "OtherToken": {"type": "http", "scheme": "bearer"},
        "SessionAuth": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    }


def test_document_is_written_for_any_prefix_and_without_a_request():
    paths = ninja_api.api.get_openapi_schema(path_prefix="v1/")["paths"]
    assert "/v1/orders" in paths


def test_document_of_ninjas_own_class_describes_the_flow(http):
    document = http.get("/host/ninja-plain/openapi.json").json()
    validate(document)
    flow = {"tokenUrl": "https://auth.example.com/oauth/token", "scopes": {"stock:read": ""}}
    assert document["components"]["securitySchemes"] == {
        "MachineToken": {"type": "oauth2", "flows": {"clientCredentials": flow}}
    }
