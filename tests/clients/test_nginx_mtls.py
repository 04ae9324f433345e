"""nginx forwards client certificates, with the configuration of docs/guides/mtls.md."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from cryptography import x509

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AuditEvent, Client
from oauth_m2m.operations.client_keys import add_client_keys
from tests.certificates import HEADER, VERIFY, Holder, make_certificate
from tests.clients.nginx_site import free_ports
from tests.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "mtls.md"
SURROUNDINGS = """
{user}
pid {folder}/pid;
daemon off;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Site:
    """The project behind nginx, and the certificates of its callers."""

    url: str
    direct_url: str
    folder: Path

    def curl(self, path: str, holder: Holder | None, *arguments: str) -> tuple[int, dict]:
        command = ["curl", "--silent", "--show-error", "--cacert", str(self.folder / "site.pem")]
        if holder is not None:
            certificate = self.folder / "caller.pem"
            certificate.write_text(holder.pem + holder.key_pem)
            command += ["--cert", str(certificate)]
        command += ["--write-out", "\n%{http_code}", *arguments, self.url + path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    def token(self, client: Registered, holder: Holder | None, *more: str) -> tuple[int, dict]:
        data = f"grant_type=client_credentials&client_id={client.client_id}"
        return self.curl("/oauth/token", holder, "--data", data, *more)

    def orders(self, token: str, holder: Holder | None, *more: str) -> int:
        return self.curl(
            "/api/orders/", holder, "--header", f"Authorization: Bearer {token}", *more
        )[0]


@pytest.fixture(scope="module")
def authority() -> Holder:
    return make_certificate("CN=Client authority", is_authority=True)


@pytest.fixture
def site(live_server, settings, tmp_path: Path, authority: Holder) -> Iterator[Site]:
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        assert os.environ.get("CI") != "true", "CI has to install nginx"
        pytest.skip("nginx is not installed")
    own = make_certificate("CN=localhost", [x509.DNSName("localhost")], is_authority=True)
    (tmp_path / "site.pem").write_text(own.pem)
    (tmp_path / "site.key").write_text(own.key_pem)
    (tmp_path / "authorities.pem").write_text(authority.pem)
    [port] = free_ports(1)
    _write(tmp_path, port, str(live_server))
    command = [path, "-e", str(tmp_path / "error.log"), "-p", str(tmp_path)]
    process = subprocess.Popen([*command, "-c", str(tmp_path / "nginx.conf")])
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists():
        assert process.poll() is None, (tmp_path / "error.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    url = f"https://localhost:{port}"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.OAUTH_M2M = {
        "ISSUER": url,
        "TRUSTED_PROXIES": ["127.0.0.2"],
        "CLIENT_CERTIFICATE_HEADER": HEADER,
        "CLIENT_CERTIFICATE_VERIFY_HEADER": VERIFY,
    }
    yield Site(url, str(live_server), tmp_path)
    process.terminate()
    process.wait(20)


def _write(folder: Path, port: int, upstream: str) -> None:
    [site] = re.findall(r"^```nginx\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    here = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "server_name auth.example.com": "server_name localhost",
        "/etc/ssl/auth.example.com": f"{folder}/site",
        "/etc/ssl/client-authorities.pem": f"{folder}/authorities.pem",
        "http://127.0.0.1:8000": upstream,
    }
    for old, new in here.items():
        assert old in site, f"the guide does not say {old} any more"
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(SURROUNDINGS.format(user=user, folder=folder))


@pytest.fixture
def by_authority(register) -> Registered:
    return register(
        "orders:read",
        auth_methods=["tls_client_auth"],
        tls_subject={"san_dns": "orders.example.com"},
        requires_certificate=True,
    )


def signed_by(authority: Holder | None) -> Holder:
    return make_certificate("CN=orders", [x509.DNSName("orders.example.com")], issuer=authority)


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_token_works_with_its_certificate_only(site, by_authority, authority, token_format):
    Client.objects.update(token_format=token_format)
    mine, other = signed_by(authority), signed_by(authority)
    status, answer = site.token(by_authority, mine)
    assert (status, answer["token_type"]) == (200, "Bearer")
    token = answer["access_token"]
    assert [site.orders(token, holder) for holder in (mine, other, None)] == [200, 401, 401]


def test_certificate_that_nobody_signed_speaks_for_no_name(site, by_authority):
    status, answer = site.token(by_authority, signed_by(None))
    assert (status, answer["error"]) == (401, "invalid_client")
    assert AuditEvent.objects.get(kind="token.refused").reason == "certificate_not_verified"


def test_registered_certificate_needs_no_authority(site, register, actor):
    client = register(
        "orders:read", auth_methods=["self_signed_tls_client_auth"], requires_certificate=True
    )
    mine, other = signed_by(None), signed_by(None)
    add_client_keys(client.client, read_pasted_keys(mine.pem), actor=actor)
    status, answer = site.token(client, mine)
    assert status == 200, answer
    token = answer["access_token"]
    assert [site.orders(token, holder) for holder in (mine, other, None)] == [200, 401, 401]
    assert site.token(client, other)[0] == 401


def test_certificate_header_of_a_caller_is_dropped(site, by_authority, authority):
    mine = signed_by(authority)
    forged = ["--header", f"{HEADER}: {mine.escaped}", "--header", f"{VERIFY}: SUCCESS"]
    token = site.token(by_authority, mine)[1]["access_token"]
    for holder in (None, signed_by(None)):
        assert site.token(by_authority, holder, *forged)[0] == 401
        assert site.orders(token, holder, *forged) == 401
    assert not AuditEvent.objects.filter(reason="certificate_from_stranger").exists()


def test_certificate_header_of_a_caller_beside_nginx_is_an_attack(site, by_authority, authority):
    mine = signed_by(authority)
    token = site.token(by_authority, mine)[1]["access_token"]
    forged = {HEADER: mine.escaped, VERIFY: "SUCCESS", "X-Forwarded-Proto": "https"}
    fields = {"grant_type": "client_credentials", "client_id": by_authority.client_id}
    url = f"{site.direct_url}/oauth/token"
    assert requests.post(url, fields, headers=forged, timeout=20).status_code == 401
    headers = {**forged, "Authorization": f"Bearer {token}"}
    url = f"{site.direct_url}/api/orders/"
    assert requests.get(url, headers=headers, timeout=20).status_code == 401
    seen = AuditEvent.objects.filter(reason="certificate_from_stranger")
    assert sorted(seen.values_list("kind", flat=True)) == ["api.refused", "token.refused"]
