"""nginx guards a page and an upstream, with the configuration of docs/guides/nginx.md."""

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from django.utils import timezone

from oauth_m2m.models import AccessToken, Client, ResourceServer, Scope
from oauth_m2m.operations.tokens import revoke_token
from tests.clients.nginx_site import MODULE, PAGE, Setup, Site, free_ports
from tests.conftest import Registered
from tests.endpoints import REVOCATION, ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def nginx_path() -> str:
    # A normal user's PATH has no sbin on Debian.
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None or not MODULE.exists():
        assert os.environ.get("CI") != "true", "CI has to install nginx and libnginx-mod-http-js"
        pytest.skip("nginx with its JavaScript module is not installed")
    return path


@pytest.fixture
def gateway(register) -> Registered:
    """The client that nginx is."""
    return register(name="The reports' nginx")


@pytest.fixture
def caller(register, gateway) -> Registered:
    """A client that may read reports, and more when it asks."""
    caller = register("reports:read", optional=["orders:read", "orders:write", "reports:reader"])
    server = ResourceServer.objects.create(identifier="https://reports.example.com", name="Reports")
    server.introspecting_clients.add(gateway.client)
    Scope.objects.update(resource_server=server)
    return caller


@pytest.fixture
def start(nginx_path: str, live_server, gateway: Registered, tmp_path: Path):
    """Start nginx as the guide says; *changes* are made to the guide's text."""
    running: list[subprocess.Popen] = []

    def start(issuer: str = str(live_server), **changes: str) -> Site:
        process, site = Setup(nginx_path, tmp_path, gateway, issuer, changes).start()
        running.append(process)
        return site

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture
def site(start) -> Site:
    return start()


formats = pytest.mark.parametrize("token_format", ["opaque", "jwt"])


@formats
def test_page_is_shown_to_a_valid_token_with_the_scope(site, caller, get_token, token_format):
    Client.objects.update(token_format=token_format)
    response = site.get("/", get_token(caller))
    assert (response.status_code, response.text) == (200, PAGE)
    assert "WWW-Authenticate" not in response.headers


def test_request_without_a_token_is_refused_with_a_challenge(site):
    for path in ("/", "/orders/", "/?access_token=m2mt_abc"):
        response = site.get(path)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    "authorization, error",
    [
        pytest.param("Bearer m2mt_unknown", "invalid_token", id="unknown"),
        pytest.param("Bearer a.b.c", "invalid_token", id="no signed token"),
        pytest.param("Bearer", "invalid_request", id="no token"),
        pytest.param("Bearer two tokens", "invalid_request", id="two tokens"),
        pytest.param("Bearer a&token=b", "invalid_request", id="a second parameter"),
        pytest.param("Basic YTpi", "invalid_request", id="another scheme"),
    ],
)
def test_bad_token_is_refused(site, authorization, error):
    response = site.get("/", Authorization=authorization)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == f'Bearer realm="api", error="{error}"'


def test_expired_token_is_refused(site, caller, get_token):
    token = get_token(caller)
    now = timezone.now()
    AccessToken.objects.update(issued_at=now - timedelta(hours=1), expires_at=now)
    assert site.get("/", token).status_code == 401


@formats
def test_revoked_token_stops_at_once(site, caller, get_token, http, actor, token_format):
    Client.objects.update(token_format=token_format)
    token = get_token(caller)
    assert site.get("/", token).status_code == 200
    if token_format == "opaque":
        revoke_token(AccessToken.objects.get(), actor=actor)
    else:
        assert ask(http, REVOCATION, caller, {"token": token}).status_code == 200
    assert site.get("/", token).status_code == 401


def test_token_for_another_api_is_refused(site, caller, register, get_token):
    assert site.get("/", get_token(register("stock:read"))).status_code == 401


@pytest.mark.parametrize("scope", ["orders:read", "reports:reader"])
def test_token_without_the_scope_is_forbidden(site, caller, get_token, scope):
    response = site.get("/", get_token(caller, scope))
    assert response.status_code == 403
    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="api", error="insufficient_scope", scope="reports:read"'
    )


def test_upstream_needs_both_scopes(site, caller, get_token):
    assert site.get("/orders/", get_token(caller, "orders:read")).status_code == 403
    assert site.get("/orders/", get_token(caller, "orders:read orders:write")).status_code == 200


def test_upstream_gets_the_body_and_the_client_and_not_the_token(site, caller, get_token):
    token = get_token(caller, "orders:read orders:write")
    response = site.send("POST", "/orders/", token, "article=tea", **{"X-Client-Id": "a lie"})
    assert (response.status_code, response.text) == (200, f"POST 11 '{caller.client_id}' ''")


@pytest.mark.parametrize("path", ["/_m2m_allowed", "/_m2m_introspect"])
def test_inner_locations_are_closed_to_the_outside(site, caller, get_token, path):
    assert site.get(path, get_token(caller)).status_code == 404


def assert_away(response: requests.Response) -> None:
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert PAGE not in response.text


def test_nothing_is_open_while_the_issuer_is_away(start, caller, get_token):
    [port] = free_ports(1)
    site = start(f"http://127.0.0.1:{port}")
    token = get_token(caller, "reports:read orders:read orders:write")
    for path in ("/", "/orders/"):
        assert_away(site.get(path, token))


def test_nothing_is_open_when_nobody_listens_at_the_issuer(start, caller, get_token):
    [port] = free_ports(1)
    assert_away(start(**{"auth.example.com": f"localhost:{port}"}).get("/", get_token(caller)))


def test_nothing_is_open_when_the_issuers_certificate_is_not_trusted(
    start, caller, get_token, tmp_path
):
    bundle = requests.certs.where()
    site = start(**{"/etc/ssl/certs/ca-certificates.crt": bundle})
    assert_away(site.get("/", get_token(caller)))
    assert "certificate verify error" in (tmp_path / "error.log").read_text()


def test_nothing_is_open_when_nginx_may_not_ask(site, caller, gateway, get_token):
    token = get_token(caller)
    Client.objects.filter(pk=gateway.client.pk).update(is_active=False)
    assert_away(site.get("/", token))
    assert_away(site.get("/", "m2mt_unknown"))


def test_location_that_forgot_its_scope_is_closed(start, caller, get_token, tmp_path):
    site = start(**{"set $m2m_scope reports:read;": ""})
    assert_away(site.get("/", get_token(caller)))
    assert "the location sets no $m2m_scope" in (tmp_path / "error.log").read_text()
