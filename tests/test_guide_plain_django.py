"""The guide to plain Django: what it tells people to write is run."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.test import Client as HttpClient
from django.urls import include, path

GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "plain-django.md"

pytestmark = pytest.mark.django_db


def written(name: str) -> dict[str, Any]:
    """Run what the guide says to write into the file *name*."""
    [snippet] = re.findall(rf"```python\n# {name}\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    module: dict[str, Any] = {"__name__": __name__}
    exec(compile(snippet, GUIDE, "exec"), module)  # noqa: S102 - it is our own page
    return module


def stock(request: HttpRequest) -> HttpResponse:
    """Answer as any view of the site that is guarded; it has nothing to do with tokens."""
    return HttpResponse(f"{request.method} by {request.user.get_username()}")


@pytest.fixture
def site(settings, monkeypatch) -> HttpClient:
    """A project that did what the guide says."""
    views, chosen = written("reports/views.py"), written("settings.py")
    urls = ModuleType("urls_of_the_guide")
    urls.urlpatterns = [
        path("", include("oauth_m2m.urls")),
        path("daily", views["daily"]),
        path("archive", views["Archive"].as_view()),
        *(path(f"stock/{part}", stock) for part in ("", "orders/", "prices/", "health/", "list")),
        path("stocks", stock),
    ]
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    settings.ROOT_URLCONF = urls.__name__
    settings.MIDDLEWARE = chosen["MIDDLEWARE"]
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **chosen["OAUTH_M2M"]}
    return HttpClient(enforce_csrf_checks=True)


@pytest.fixture
def headers(site, register, bearer):
    """The headers of a request by a machine that has *scopes*."""

    def headers(*scopes: str) -> dict[str, str]:
        return bearer(register(*scopes, name="Robot", client_id="robot"))

    return headers


def test_checks_find_nothing_wrong(site):
    assert [each.id for each in run_checks() if each.id.startswith("oauth_m2m.")] == []


def test_decorated_views_answer_as_they_say(site, headers):
    machine = headers("reports:read", "reports:write")
    assert site.get("/daily", headers=machine).json() == {"for": "robot"}
    assert site.post("/archive", headers=machine).json() == {"archived_by": "robot"}
    assert site.get("/daily").status_code == 401


def test_decorated_view_needs_all_scopes(site, headers):
    assert site.post("/archive", headers=headers("reports:read")).status_code == 403


@pytest.mark.parametrize(
    "method, url, status, scopes",
    [
        ("GET", "/stock/", 200, ["stock:read"]),
        ("DELETE", "/stock/list", 200, ["stock:read"]),
        ("GET", "/stock/", 403, ["orders:read"]),
        ("GET", "/stock/orders/", 200, ["orders:read"]),
        ("HEAD", "/stock/orders/", 200, ["orders:read"]),
        ("GET", "/stock/orders/", 403, ["stock:read", "orders:write"]),
        ("POST", "/stock/orders/", 200, ["orders:write"]),
        ("POST", "/stock/orders/", 403, ["orders:read"]),
        ("PUT", "/stock/orders/", 405, ["orders:read", "orders:write"]),
        ("OPTIONS", "/stock/orders/", 405, ["orders:read", "orders:write"]),
        ("POST", "/stock/prices/", 200, ["stock:read"]),
    ],
)
def test_machine_gets_in_as_the_table_says(site, headers, method, url, status, scopes):
    response = site.generic(method, url, headers=headers(*scopes))
    assert response.status_code == status
    if status == 200 and method != "HEAD":
        assert response.content.decode() == f"{method} by robot"


def test_nobody_gets_in_without_a_token_but_where_it_is_public(site):
    for url in ("/stock", "/stock/", "/stock.json", "/STOCK/", "/stock/nowhere", "/stock/prices/"):
        assert site.get(url).status_code == 401
    for url in ("/stock/health/", "/stocks"):
        assert site.get(url).content.decode() == "GET by "


def test_people_get_in_where_they_may_by_the_sites_own_rules(site, admin_user):
    site.force_login(admin_user)
    assert site.get("/stock/prices/").content.decode() == "GET by admin"
    assert site.post("/stock/prices/").status_code == 403
    assert site.get("/stock/").status_code == 401
