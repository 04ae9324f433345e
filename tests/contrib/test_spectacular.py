"""What drf-spectacular writes of views that take machine tokens."""

import json
from typing import Any

import pytest
from django.test import override_settings
from django.urls import path
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from openapi_spec_validator import validate

from oauth_m2m.contrib.spectacular import describe_refusals
from oauth_m2m.models import Scope
from tests.host import documented_views as views

pytestmark = pytest.mark.django_db

TOKEN_URL = "https://auth.example.com/oauth/token"
SESSION = {"cookieAuth": []}
REFUSED = {"$ref": "#/components/responses/MachineTokenRefused"}
LACKING = {"$ref": "#/components/responses/MachineTokenLacksScope"}
CHALLENGE = {
    "WWW-Authenticate": {
        "description": "The challenge of RFC 6750 section 3.",
        "schema": {"type": "string"},
    }
}
REFUSALS = {
    "MachineTokenRefused": {
        "description": "No access token was sent, or it is not valid.",
        "headers": CHALLENGE,
    },
    "MachineTokenLacksScope": {
        "description": "The access token lacks a scope; the challenge names what is required.",
        "headers": CHALLENGE,
    },
}


def machine(*scopes: str) -> dict[str, list[str]]:
    return {"machineToken": list(scopes)}


def document(*patterns: Any) -> dict[str, Any]:
    """Write the valid document of some URLs, or of the example project if there are none."""
    GENERATOR_STATS.reset()
    urls = {"patterns": list(patterns)} if patterns else {"urlconf": "example_project.urls"}
    written = SchemaGenerator(**urls).get_schema(request=None, public=True)
    validate(written)
    return json.loads(json.dumps(written))


def of_view(view: type) -> dict[str, Any]:
    return document(path("it", view.as_view()))["paths"]["/it"]["get"]


def warnings() -> list[str]:
    return [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]


def flow_of(written: dict[str, Any]) -> dict[str, Any]:
    return written["components"]["securitySchemes"]["machineToken"]["flows"]["clientCredentials"]


@pytest.mark.parametrize(
    "view, security",
    [
        pytest.param(views.Listed, [machine("orders:read")], id="a list"),
        pytest.param(views.BySubclass, [machine("orders:read")], id="a subclass of ours"),
        pytest.param(
            views.Several, [machine("orders:read", "orders:write")], id="several permissions"
        ),
        pytest.param(views.Either, [machine("orders:read"), machine("orders:admin")], id="A | B"),
        pytest.param(views.EitherOfTheSame, [machine("orders:read")], id="A | A"),
        pytest.param(views.Both, [machine("orders:read", "orders:write")], id="A & B"),
        pytest.param(
            views.BothOfEither,
            [machine("a", "c"), machine("a", "d"), machine("b", "c"), machine("b", "d")],
            id="(A | B) & (C | D)",
        ),
        pytest.param(views.Without, [machine("orders:read")], id="A & ~B"),
        pytest.param(views.AnyMachine, [machine()], id="IsMachine"),
        pytest.param(
            views.AnyoneLoggedIn, [machine("orders:read"), machine()], id="A | IsAuthenticated"
        ),
        pytest.param(views.PeopleToo, [SESSION, machine("orders:read")], id="A | (~IsMachine & B)"),
        pytest.param(views.PeopleOnly, [SESSION], id="~IsMachine & B"),
        pytest.param(views.Everybody, [machine(), {}], id="AllowAny"),
        pytest.param(views.NoMachines, [SESSION], id="other authenticators alone"),
    ],
)
def test_operation_lists_the_scopes_that_let_a_machine_in(view: type, security: list):
    assert of_view(view)["security"] == security
    assert warnings() == []


def test_each_action_lists_its_own_scopes():
    collection = views.ByAction.as_view({"get": "list", "post": "create"})
    single = views.ByAction.as_view({"get": "retrieve"})
    paths = document(path("all", collection), path("<str:pk>", single))["paths"]
    assert paths["/all"]["get"]["security"] == [machine("orders:list")]
    assert paths["/all"]["post"]["security"] == [machine("orders:write")]
    assert paths["/{id}"]["get"]["security"] == [machine("orders:read")]


def test_forgotten_scopes_are_warned_of():
    assert of_view(views.Forgotten)["security"] == [machine()]
    [warning] = warnings()
    assert warning.endswith("required_scopes says nothing for GET: every call is refused.")
    assert "Forgotten" in warning


def test_scopes_of_all_views_and_of_the_table_are_described():
    Scope.objects.create(name="orders:read", description="See orders")
    Scope.objects.create(name="stock:read", description="See the stock")
    patterns = [path(f"{view.__name__}", view.as_view()) for view in views.VIEWS]
    written = document(*patterns)
    assert written["components"]["securitySchemes"].keys() == {"cookieAuth", "machineToken"}
    assert flow_of(written)["scopes"] == {
        **dict.fromkeys("abcd", ""),
        "orders:admin": "",
        "orders:read": "See orders",
        "orders:write": "",
        "stock:read": "See the stock",
    }
    # A subclass of our authentication shares the scheme, and nobody is warned of that.
    assert warnings() == []


def test_table_is_read_once_a_document(django_assert_num_queries):
    with django_assert_num_queries(1):
        document(*(path(f"{view.__name__}", view.as_view()) for view in views.VIEWS))


def test_token_url_of_spectaculars_settings_goes_first():
    elsewhere = "https://elsewhere.example.com/token"
    with patched_settings({"OAUTH2_TOKEN_URL": elsewhere}):
        assert flow_of(document(path("it", views.Listed.as_view())))["tokenUrl"] == elsewhere
    assert warnings() == []


@override_settings(ROOT_URLCONF="tests.host.urls_documents_only")
def test_missing_token_endpoint_is_warned_of():
    assert flow_of(document(path("it", views.Listed.as_view())))["tokenUrl"] == ""
    [warning] = warnings()
    assert warning.endswith(
        "no token endpoint is mounted: set OAUTH2_TOKEN_URL in SPECTACULAR_SETTINGS."
    )


def test_refusals_are_described_where_machines_are_let_in():
    assert of_view(views.Listed)["responses"] == {
        "204": {"description": "No response body"},
        "401": REFUSED,
        "403": LACKING,
    }
    assert set(of_view(views.AnyMachine)["responses"]) == {"204", "401"}
    assert set(of_view(views.NoMachines)["responses"]) == {"204"}


def test_refusals_that_a_view_describes_itself_stay():
    responses = of_view(views.DescribesRefusals)["responses"]
    assert (responses["401"]["description"], responses["403"]["description"]) == ("", "")


def test_document_without_machines_is_left_alone():
    written = document(path("it", views.NoMachines.as_view()))
    assert "responses" not in written["components"]


def test_hook_passes_over_what_is_no_operation():
    shared = [{"name": "X-Trace", "in": "header", "schema": {"type": "string"}}]
    written = {"paths": {"/it": {"parameters": shared}}, "components": {}}
    assert describe_refusals(written) == {
        "paths": {"/it": {"parameters": shared}},
        "components": {},
    }


def test_whole_document_of_the_example_project():
    Scope.objects.create(name="orders:read", description="See orders")
    Scope.objects.create(name="reports:read", description="See the daily report")
    order = {"$ref": "#/components/schemas/Order"}
    operation = {
        "description": "List and place orders: machines by scope, staff by session.",
        "tags": ["orders"],
    }
    refusals = {"401": REFUSED, "403": LACKING}
    media = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    one_order = {"content": {"application/json": {"schema": order}}, "description": ""}
    orders = {"type": "array", "items": order}
    all_orders = {"content": {"application/json": {"schema": orders}}, "description": ""}
    written = document()
    quantity = written["components"]["schemas"]["Order"]["properties"].pop("quantity")
    assert (quantity["type"], quantity["minimum"]) == (
        "integer",
        1,
    )  # its maximum is the database's
    assert written == {
        "openapi": "3.0.3",
        "info": {
            "title": "Orders",
            "version": "1",
            "description": "An API for people and machines.",
        },
        "paths": {
            "/api/orders/": {
                "get": {
                    **operation,
                    "operationId": "orders_list",
                    "security": [machine("orders:read"), SESSION],
                    "responses": {"200": all_orders, **refusals},
                },
                "post": {
                    **operation,
                    "operationId": "orders_create",
                    "requestBody": {
                        "content": {name: {"schema": order} for name in media},
                        "required": True,
                    },
                    "security": [machine("orders:write"), SESSION],
                    "responses": {"201": one_order, **refusals},
                },
            }
        },
        "components": {
            "schemas": {
                "Order": {
                    "type": "object",
                    "description": "An order as JSON.",
                    "properties": {
                        "id": {"type": "integer", "readOnly": True},
                        "article": {"type": "string", "maxLength": 100},
                        "placed_by": {"type": "string", "readOnly": True},
                        "created_at": {"type": "string", "format": "date-time", "readOnly": True},
                    },
                    "required": ["article", "created_at", "id", "placed_by", "quantity"],
                }
            },
            "responses": REFUSALS,
            "securitySchemes": {
                "cookieAuth": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
                "machineToken": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": TOKEN_URL,
                            "scopes": {
                                "orders:read": "See orders",
                                "orders:write": "",
                                "reports:read": "See the daily report",
                            },
                        }
                    },
                },
            },
        },
    }
    assert warnings() == []
