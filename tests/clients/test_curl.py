"""curl, as the README and the admin tell people to use it."""

import json
import os
import shutil
import subprocess

import pytest

from tests.clients.conftest import ORDER, Service

pytestmark = pytest.mark.django_db(transaction=True)

# Not --json: curl has that since 7.82 only.
POSTED = ["-H", "Content-Type: application/json", "-d", json.dumps(ORDER)]


@pytest.fixture(scope="module")
def curl_path() -> str:
    path = shutil.which("curl")
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("curl is not installed")
    return path or pytest.skip("curl is not installed")


@pytest.fixture
def curl(curl_path: str):
    """Run curl and return the status and the JSON of the answer."""

    def curl(*arguments: str) -> tuple[int, dict]:
        silent = [curl_path, "--silent", "--show-error", "--noproxy", "*"]
        done = subprocess.run(
            [*silent, "--write-out", "\n%{http_code}", *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    return curl


def basic(service: Service) -> list[str]:
    return ["-u", f"{service.client.client_id}:{service.client.secret}"]


def form(service: Service) -> list[str]:
    fields = service.client.credentials.items()
    return [part for name, value in fields for part in ("-d", f"{name}={value}")]


methods = pytest.mark.parametrize("credentials", [basic, form])


@methods
def test_default_scope_reads_orders(credentials, service: Service, curl):
    status, answer = curl(
        service.token_url, *credentials(service), "-d", "grant_type=client_credentials"
    )
    assert status == 200
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    assert answer["scope"] == "orders:read"
    bearer = f"Authorization: Bearer {answer['access_token']}"
    assert curl(service.orders_url, "-H", bearer) == (200, [])
    status, answer = curl(service.orders_url, "-H", bearer, *POSTED)
    assert (status, answer["detail"]) == (403, "The access token needs the scope orders:write.")


@methods
def test_optional_scope_places_an_order(credentials, service: Service, curl):
    asked = ["-d", "grant_type=client_credentials", "--data-urlencode", "scope=orders:write"]
    _, answer = curl(service.token_url, *credentials(service), *asked)
    bearer = f"Authorization: Bearer {answer['access_token']}"
    status, placed = curl(service.orders_url, "-H", bearer, *POSTED)
    assert status == 201
    service.assert_placed(placed)


def test_wrong_secret_is_told_in_json(service: Service, curl):
    status, answer = curl(
        service.token_url, "-u", "nobody:guess", "-d", "grant_type=client_credentials"
    )
    assert (status, answer["error"]) == (401, "invalid_client")
