"""Swagger UI of the example project gets a token from our endpoint and calls the API with it."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from oauth_m2m.models import Scope
from tests.conftest import Registered

DOCS = "/api/docs/"


@pytest.fixture
def robot(register) -> Registered:
    Scope.objects.create(name="orders:read", description="See orders")
    Scope.objects.create(name="orders:write", description="Place orders")
    return register("orders:read", optional=["orders:write"])


@pytest.fixture
def page(browser: Browser, live_server, settings) -> Iterator[Page]:
    settings.OAUTH_M2M = {"ISSUER": live_server.url, "REQUIRE_HTTPS": False}
    settings.ROOT_URLCONF = "example_project.urls"
    complaints: list[str] = []
    elsewhere: list[str] = []
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 1400}
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: elsewhere.append(request.url))
    page.goto(DOCS)
    yield page
    context.close()
    assert complaints == []
    # No content delivery network: the page works where there is no internet.
    outside = ("data:", "blob:", live_server.url)
    assert [url for url in elsewhere if not url.startswith(outside)] == []


def authorize(page: Page, client_id: str, secret: str, *scopes: str) -> Response:
    """Fill the dialog in, and return the answer of the token endpoint."""
    page.locator(".auth-wrapper .authorize").click()
    dialog = page.locator(".auth-container", has_text="clientCredentials")
    expect(dialog).to_contain_text("/oauth/token")
    dialog.get_by_label("client_id").fill(client_id)
    dialog.get_by_label("client_secret").fill(secret)
    for scope in scopes:
        dialog.locator(f'label[for^="{scope}-"]').first.click()
    with page.expect_response("**/oauth/token") as answered:
        dialog.get_by_role("button", name="Apply given OAuth2 credentials").click()
    return answered.value


def close(page: Page) -> None:
    page.locator(".auth-btn-wrapper .btn-done").first.click()


def call(page: Page, method: str) -> Response:
    """Try an operation out, and return the answer of the API."""
    operation = page.locator(f".opblock-{method}")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    if method == "post":
        operation.locator("textarea").first.fill(json.dumps({"article": "teapot", "quantity": 3}))
    with page.expect_response("**/api/orders/") as answered:
        operation.get_by_role("button", name="Execute").click()
    shown = operation.locator(".live-responses-table tbody .response-col_status").first
    expect(shown).to_contain_text(str(answered.value.status))
    return answered.value


def test_token_of_the_dialog_opens_the_operations_of_its_scopes(page, robot, photograph):
    answer = authorize(page, robot.client_id, robot.secret, "orders:read", "orders:write")
    assert answer.status == 200, answer.text()
    assert set(answer.json()["scope"].split()) == {"orders:read", "orders:write"}
    close(page)
    placed = call(page, "post")
    assert (placed.status, placed.json()["placed_by"]) == (201, robot.client_id)
    photograph(page, "swagger-ui")
    listed = call(page, "get")
    assert [order["article"] for order in listed.json()] == ["teapot"]


def test_token_without_the_scope_is_told_which_one(page, robot):
    assert authorize(page, robot.client_id, robot.secret).json()["scope"] == "orders:read"
    close(page)
    refused = call(page, "post")
    assert refused.status == 403
    assert 'scope="orders:write"' in refused.header_value("WWW-Authenticate")


def test_wrong_secret_is_shown_in_the_dialog(page, robot):
    assert authorize(page, robot.client_id, "guessed").status == 401
    expect(page.locator(".auth-container .errors")).to_contain_text("Unauthorized")


def test_operation_without_a_token_is_refused(page, robot):
    assert call(page, "get").status == 401
