"""The code of the pages that have no test file of their own: README, index, and some reference."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import clear_url_caches, reverse
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from oauth_m2m.models import Client
from tests.conftest import Registered
from tests.documentation.pages import ROOT, all_blocks
from tests.documentation.run_by import NOT_RUN, RUN_BY
from tests.guides import command


def block_with(page: str, part: str) -> str:
    """Return the one block of *page* that has *part* in it."""
    [found] = [block.text for block in all_blocks() if block.page == page and part in block.text]
    return found


def run(page: str, part: str, **names: Any) -> dict[str, Any]:
    """Run that block and return what it makes."""
    exec(compile(block_with(page, part), page, "exec"), names)  # noqa: S102 - our own pages
    return names


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_view_of_the_first_screen_asks_for_its_scopes(page: str, registered: Registered, get_token):
    made = run(page, "class OrderViewSet")

    class Orders(made["OrderViewSet"]):
        def list(self, _request):
            return Response("listed")

        def create(self, _request):
            return Response("created")

    view = Orders.as_view({"get": "list", "post": "create"})
    headers = bearer(get_token(registered))
    assert view(APIRequestFactory().get("/", headers=headers)).data == "listed"
    assert view(APIRequestFactory().post("/", headers=headers)).status_code == 403
    assert view(APIRequestFactory().get("/")).status_code == 401


def test_views_of_the_readme_let_in_whom_it_says(register, get_token):
    token = get_token(register("reports:read"))
    report = run("README.md", "def daily_report")["daily_report"]
    assert report(RequestFactory().get("/", headers=bearer(token))).status_code == 200
    assert report(RequestFactory().get("/")).status_code == 401
    shared = run("README.md", "HasScopes | (~IsMachine")

    class Shared(APIView):
        authentication_classes = shared["authentication_classes"]
        permission_classes = shared["permission_classes"]
        required_scopes = ["reports:read"]

        def get(self, request):
            return Response(request.user.get_username())

    for_people, for_others = RequestFactory().get("/"), RequestFactory().get("/")
    for_people.user = User(username="olga")
    assert Shared.as_view()(for_people).data == "olga"
    assert Shared.as_view()(for_others).status_code == 401
    wrong = APIRequestFactory().get("/", headers=bearer(get_token(register("other:read"))))
    assert Shared.as_view()(wrong).status_code == 403


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    "page, part",
    [
        pytest.param("README.md", '"oauth_m2m.urls"', id="readme"),
        pytest.param("docs/reference/endpoints.md", "well_known_urlpatterns", id="apart"),
    ],
)
def test_urls_are_mounted(page: str, part: str, monkeypatch):
    installed = re.sub(r"^INSTALLED_APPS", "_", block_with(page, part), flags=re.MULTILINE)
    names: dict[str, Any] = {}
    exec(installed, names)  # noqa: S102 - our own pages
    monkeypatch.setitem(globals(), "urlpatterns", names["urlpatterns"])
    clear_url_caches()
    assert reverse("oauth_m2m:token") == "/oauth/token"
    assert reverse("oauth_m2m:metadata") == "/.well-known/oauth-authorization-server"


def test_apps_of_the_readme_are_apps():
    made = run("README.md", "INSTALLED_APPS")
    assert all(apps.is_installed(name) for name in made["INSTALLED_APPS"])


@pytest.mark.django_db
def test_command_of_the_readme_registers_a_client():
    [line] = [
        line
        for line in block_with("README.md", "m2m_create_client").splitlines()
        if "m2m_create_client" in line
    ]
    call_command(*command(line), stdout=StringIO())
    assert Client.objects.get().name == "Order robot"


def test_answers_on_the_page_have_the_members_of_real_ones(registered, http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_ROTATION": "overlap"}
    form = {"content_type": "application/x-www-form-urlencoded"}
    body = f"client_id={registered.client_id}&client_secret={registered.secret}"
    page = "docs/reference/endpoints.md"
    for part, path, more in (
        ('"token_type"', "token", "&grant_type=client_credentials"),
        ('"old_secret_ends_in"', "rotate-secret", ""),
    ):
        answer = http.post(f"/oauth/{path}", body + more, **form).json()
        assert list(json.loads(block_with(page, part))) == list(answer)


def test_fast_lane_of_the_page_is_a_wsgi_application():
    assert callable(run("docs/guides/performance.md", "token_lane")["application"])
    databases = run("docs/guides/performance.md", "prepare_threshold", DATABASES={"default": {}})
    assert set(databases["DATABASES"]["default"]) == {"OPTIONS"}


def test_migration_that_the_page_names_exists():
    [name] = re.findall(r"migrate oauth_m2m (\d+)", block_with("docs/upgrades.md", "oauth_m2m 0"))
    assert list((ROOT / "oauth_m2m" / "migrations").glob(f"{name}_*.py"))


def test_each_page_with_code_is_run_or_says_why_not():
    languages = {"python", "sh", "", "json"}
    pages = {block.page for block in all_blocks() if block.language in languages}
    assert pages <= set(RUN_BY) | set(NOT_RUN)
    assert not set(RUN_BY) & set(NOT_RUN)
    assert {*RUN_BY, *NOT_RUN} <= {block.page for block in all_blocks()}


@pytest.mark.parametrize("page", RUN_BY)
def test_tests_take_the_code_from_the_page(page: str):
    stem = page.rpartition("/")[2].removesuffix(".md")
    for name in RUN_BY[page]:
        assert re.search(rf'[/"]{stem}[".]', (ROOT / "tests" / name).read_text()), name
