"""The guide from API keys: what it tells people to write is run."""

import sys
from collections.abc import Iterator
from io import StringIO
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import include, path

from oauth_m2m.models import Client
from tests.guides import blocks, command

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "tests.the_site_with_keys"
CHECKED, ACCEPTED, HEADERS, CALLER = blocks("from-api-keys", "python")
URL = "/api/orders/"


class ApiKey:
    """What the reader's project has already, with one key in its table."""

    class objects:  # noqa: N801 - where a model has its manager
        """Stands for the manager of the model."""

        @staticmethod
        def filter(key: str) -> Any:
            known = ApiKey() if key == "the-key" else None
            return SimpleNamespace(first=lambda: known)

    @property
    def user(self) -> Any:
        return get_user_model()(username="partner")


@pytest.fixture
def _site(settings, monkeypatch) -> None:
    module: Any = ModuleType(NAME)
    module.ApiKey = ApiKey
    for block in (CHECKED, ACCEPTED):
        exec(block, vars(module))  # noqa: S102 - it is our own page
    module.urlpatterns = [
        path("", include("oauth_m2m.urls")),
        path("api/orders/", module.OrdersView.as_view()),
    ]
    monkeypatch.setitem(sys.modules, NAME, module)
    settings.ROOT_URLCONF = NAME


@pytest.mark.usefixtures("_site")
@pytest.mark.parametrize(
    "key, status",
    [
        pytest.param("the-key", 200, id="a key of the table"),
        pytest.param("guessed", 401, id="another key"),
        pytest.param(None, 401, id="no key"),
    ],
)
def test_keys_go_on_working(http, key: str | None, status: int):
    names: dict[str, Any] = {"key": key}
    exec(HEADERS, names)  # noqa: S102 - it is our own page
    headers = names["headers"] if key else {}
    assert http.get(URL, headers=headers).status_code == status


@pytest.mark.usefixtures("_site")
def test_tokens_are_let_in_by_scope_alone(http, register, bearer):
    reader, other = register("orders:read"), register("reports:read")
    assert http.get(URL, headers=bearer(reader)).status_code == 200
    assert http.get(URL, headers=bearer(other)).status_code == 403
    assert http.post(URL, headers=bearer(reader)).status_code == 403


def test_command_registers_the_caller():
    [block] = blocks("from-api-keys", "sh")
    call_command(*command(block), stdout=StringIO())
    client = Client.objects.get()
    assert {scope.name for scope in client.scopes.all()} == {"orders:read", "orders:write"}


@pytest.fixture
def session(monkeypatch, live_server, registered) -> Iterator[dict[str, Any]]:
    """Run the caller of the guide against the example project, over a socket."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTH_CLIENT_ID", registered.client_id)
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", registered.secret)
    monkeypatch.setenv("OAUTH_TOKEN_URL", f"{live_server.url}/oauth/token")
    monkeypatch.setenv("ORDERS_URL", f"{live_server.url}{URL}")
    names: dict[str, Any] = {}
    exec(CALLER, names)  # noqa: S102 - it is our own page
    yield names
    names["session"].close()


def test_caller_of_the_guide_gets_in(session):
    assert session["orders"].status_code == 200
