"""The guide to existing APIs: what it tells people to write is run."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.urls import include, path
from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from example_project.models import Order
from oauth_m2m.models import Client
from oauth_m2m.rest_framework.view_checks import check_views
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "existing-api.md"
ORDER = {"article": "tea", "quantity": 2}


class OrderSerializer(serializers.ModelSerializer):
    """What the reader's project has already."""

    class Meta:
        model = Order
        fields = ("article", "quantity")


@pytest.fixture
def guide(settings) -> dict[str, Any]:
    """All that the page shows, in one module, behind URLs and beside the app's own."""
    module: dict[str, Any] = {"__name__": "shop.api", "Order": Order}
    module["OrderSerializer"] = OrderSerializer
    for snippet in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL):
        exec(snippet, module)  # noqa: S102 - it is our own page
    router = SimpleRouter()
    for name in ("OrderViewSet", "OrderHistory"):
        router.register(name, module[name], basename=name)
    settings.ROOT_URLCONF = (
        path("", include("oauth_m2m.urls")),
        path("", include(router.urls)),
        path("OrderList", module["OrderList"].as_view()),
        path("order_count", module["order_count"]),
        path("GuardedOrderList", module["GuardedOrderList"].as_view()),
        path("SharedOrderList", module["SharedOrderList"].as_view()),
        path("WhoAmI", module["WhoAmI"].as_view()),
    )
    Order.objects.create(**ORDER)
    return module


@pytest.fixture
def status(guide, http, register, bearer):
    """Call with a token of exactly these scopes: ``status("get", "/OrderList", "orders:read")``."""

    def status(method: str, url: str, *scopes: str, **fields: Any) -> int:
        headers = bearer(register(*scopes, **fields))
        content_type = "application/json"
        return getattr(http, method)(url, ORDER, content_type, headers=headers).status_code

    return status


def call(http, url: str, headers: dict[str, str]) -> int:
    return http.get(url, headers=headers).status_code


def test_views_of_the_guide_satisfy_the_checks(guide):
    assert check_views() == []


@pytest.mark.parametrize(
    "url, scope",
    [
        ("/OrderList", "orders:read"),
        ("/OrderViewSet/", "orders:read"),
        ("/OrderHistory/", "orders:search"),
        ("/order_count", "orders:read"),
        ("/SharedOrderList", "orders:read"),
    ],
)
def test_views_need_their_scope(url: str, scope: str, guide, http, register, bearer):
    assert call(http, url, bearer(register(scope))) == 200
    assert call(http, url, bearer(register("other"))) == 403
    assert call(http, url, {}) == 401


@pytest.mark.parametrize(
    "method, scopes, code",
    [
        ("post", ["orders:write"], 201),
        ("post", ["orders:read"], 403),
        ("put", ["orders:write"], 200),
        ("patch", ["orders:write"], 200),
        ("delete", ["orders:write"], 403),
        ("delete", ["orders:write", "orders:delete"], 204),
    ],
)
def test_actions_and_methods_need_theirs(method: str, scopes: list[str], code: int, status):
    number = "" if method == "post" else f"{Order.objects.get().pk}/"
    assert status(method, f"/OrderViewSet/{number}", *scopes) == code


def test_people_share_a_view_with_machines(guide, http, admin_user):
    http.force_login(admin_user)
    assert http.get("/SharedOrderList").json() == [ORDER]


@pytest.mark.parametrize("form", ["opaque", "jwt"])
def test_token_tells_scopes_and_claims(form: str, guide, http, register, bearer):
    client = register("orders:read", token_format=form)
    assert http.get("/WhoAmI", headers=bearer(client)).json() == {
        "client": client.client_id,
        "scopes": ["orders:read"],
        "may_write": False,
        "subject": client.client_id,
    }


def test_groups_and_scopes_are_both_needed(status):
    group = Group.objects.create(name="writers")
    group.permissions.add(Permission.objects.get(codename="add_order"))
    url = "/GuardedOrderList"
    assert status("post", url, "orders:write", groups=[group]) == 201
    assert status("post", url, "orders:write") == 403
    assert status("post", url, "orders:read", groups=[group]) == 403


def test_hook_chooses_refuses_and_leaves_alone(
    guide, http, registered: Registered, bearer, settings
):
    assert guide["OAUTH_M2M"]["PRINCIPAL"] == "shop.machines.principal"
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": guide["principal"]}
    assert call(http, "/OrderList", bearer(registered)) == 200
    Client.objects.update(client_id="partner-7")
    registered.client.refresh_from_db()
    headers = bearer(registered)
    assert call(http, "/OrderList", headers) == 401
    get_user_model().objects.create_user("partner-7")
    assert call(http, "/OrderList", headers) == 200
