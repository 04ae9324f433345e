"""The guarded site as real servers serve it: gunicorn by WSGI, uvicorn by ASGI."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.host.server import SERVERS, running_server
from tests.resource_server.guarded_site import VIEWS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("TEST_DATABASE") == "sqlite",
        reason="the tests keep SQLite in memory, where no other process can see it",
    ),
]

DECORATED = ["/host/plain/7", "/host/plain/class-async", "/host/plain/class", "/host/plain/async"]


@pytest.fixture
def serve(request) -> Iterator[httpx.Client]:
    """A client of a server that serves the guarded site."""
    with (
        running_server(request.param, "tests.host.settings_guarded") as url,
        # A machine with seven other things to do may take its time.
        httpx.Client(base_url=url, timeout=100, trust_env=False) as client,
    ):
        yield client


by_both = pytest.mark.parametrize("serve", SERVERS, indirect=True)


def status_of_raw_path(base_url: httpx.URL, path: str) -> int:
    """GET *path* byte for byte; clients tidy such paths up before they send them."""
    address = urlsplit(str(base_url))
    with socket.create_connection((address.hostname, address.port), timeout=100) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])


@by_both
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_every_kind_of_view_is_open_to_a_good_token_alone(serve, register, bearer, token_format):
    machine = register("site:read", "orders:read", token_format=token_format)
    good, weak = bearer(machine), bearer(register("reports:read"))
    bad = {"Authorization": "Bearer m2mt_x"}
    seen = {"user": machine.client_id, "token_of": machine.client_id}
    for path in [*VIEWS, *DECORATED]:
        answers = [serve.get(path, headers=each) for each in ({}, bad, weak, good)]
        assert [each.status_code for each in answers] == [401, 401, 403, 200], path
        assert seen.items() <= answers[-1].json().items()
        assert all("WWW-Authenticate" in each.headers for each in answers[:-1])
    assert serve.post("/site/class", headers=good).json() == seen
    assert serve.post("/site/class-async", headers=good).json() == seen
    assert serve.get("/sites", headers=bad).json() == {"user": "", "token_of": None}


@by_both
def test_bodies_pass_in_both_directions(serve, register, bearer):
    headers = bearer(register("site:read"))
    body = b"a" * 1_000_000
    assert serve.post("/site/upload", content=body, headers=headers).json() == {"size": len(body)}
    assert serve.get("/site/download", headers=headers).text == "one,two,three"


@by_both
def test_path_cannot_be_sent_so_that_the_guard_does_not_know_it(serve):
    for path in (
        "/site/hidden",
        "//site/hidden",
        "/x/../site/hidden",
        "/x/%2e%2e/site/hidden",
        "/%73ite/hidden",
        "/SITE/hidden",
        "/%C5%BFite/hidden",
        "/site/hidden.json",
        "/site/hidden?a",
    ):
        assert status_of_raw_path(serve.base_url, path) == 401, path
    assert status_of_raw_path(serve.base_url, "/sites") == 200


@pytest.mark.parametrize("serve", ["uvicorn"], indirect=True)
def test_requests_at_the_same_time_do_not_see_each_others_user(serve, register, bearer):
    machines = [register("site:read") for _ in range(2)]
    headers = [bearer(machine) for machine in machines]

    def meet(number: int) -> dict[str, str]:
        return serve.get("/site/meeting", headers=headers[number]).json()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(meet, range(2)))
    assert answers == [
        {"user": machine.client_id, "token_of": machine.client_id} for machine in machines
    ]
