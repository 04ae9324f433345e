"""nginx forwards client certificates, with the configuration of docs/guides/mtls.md."""

import json
import os
import subprocess
import time
from dataclasses import dataclass

import pytest
import requests
from cryptography import x509

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AuditEvent, Client
from oauth_m2m.operations.client_keys import add_client_keys
from tests.certificates import DAY, HEADER, VERIFY, Holder, make_certificate, revocation_list
from tests.clients.mtls_site import MtlsSite, running_mtls_site
from tests.conftest import Registered
from tests.connections import needs_other_processes
from tests.guides import blocks, changed

pytestmark = [pytest.mark.django_db(transaction=True), needs_other_processes]


@dataclass(frozen=True)
class Callers:
    """Callers of the site, with the certificates that they hold."""

    site: MtlsSite

    def curl(self, path: str, holder: Holder | None, *arguments: str) -> tuple[int, str]:
        command = ["curl", "--silent", "--show-error", "--cacert", str(self.site.certificate)]
        if holder is not None:
            certificate = self.site.folder / "caller.pem"
            certificate.write_text(holder.pem + holder.key_pem)
            command += ["--cert", str(certificate)]
        command += ["--write-out", "\n%{http_code}", *arguments, self.site.url + path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def token(self, client: Registered, holder: Holder | None, *more: str) -> tuple[int, dict]:
        data = f"grant_type=client_credentials&client_id={client.client_id}"
        status, body = self.curl("/oauth/token", holder, "--data", data, *more)
        return status, json.loads(body)

    def orders(self, token: str, holder: Holder | None, *more: str) -> int:
        bearer = f"Authorization: Bearer {token}"
        return self.curl("/api/orders/", holder, "--header", bearer, *more)[0]


@pytest.fixture
def callers(mtls_site: MtlsSite) -> Callers:
    return Callers(mtls_site)


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


def test_curl_of_the_guide_gets_a_token(mtls_site: MtlsSite, by_authority, authority):
    mine = signed_by(authority)
    (mtls_site.folder / "client.pem").write_text(mine.pem)
    (mtls_site.folder / "client.key").write_text(mine.key_pem)
    [block] = blocks("mtls", "sh")
    done = subprocess.run(
        ["sh", "-ec", changed(block, {"https://auth.example.com": mtls_site.url})],
        cwd=mtls_site.folder,
        env={
            **os.environ,
            "CLIENT_ID": by_authority.client_id,
            "CURL_CA_BUNDLE": str(mtls_site.certificate),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["token_type"] == "Bearer"


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_token_works_with_its_certificate_only(callers, by_authority, authority, token_format):
    Client.objects.update(token_format=token_format)
    mine, other = signed_by(authority), signed_by(authority)
    status, answer = callers.token(by_authority, mine)
    assert (status, answer["token_type"]) == (200, "Bearer")
    token = answer["access_token"]
    assert [callers.orders(token, holder) for holder in (mine, other, None)] == [200, 401, 401]


def test_certificate_that_nobody_signed_speaks_for_no_name(callers, by_authority):
    status, answer = callers.token(by_authority, signed_by(None))
    assert (status, answer["error"]) == (401, "invalid_client")
    assert AuditEvent.objects.get(kind="token.refused").reason == "certificate_not_verified"


def test_registered_certificate_needs_no_authority(callers, register, actor):
    client = register(
        "orders:read", auth_methods=["self_signed_tls_client_auth"], requires_certificate=True
    )
    mine, other = signed_by(None), signed_by(None)
    add_client_keys(client.client, read_pasted_keys(mine.pem), actor=actor)
    status, answer = callers.token(client, mine)
    assert status == 200, answer
    token = answer["access_token"]
    assert [callers.orders(token, holder) for holder in (mine, other, None)] == [200, 401, 401]
    assert callers.token(client, other)[0] == 401


def test_certificate_header_of_a_caller_is_dropped(callers, by_authority, authority):
    mine = signed_by(authority)
    forged = ["--header", f"{HEADER}: {mine.escaped}", "--header", f"{VERIFY}: SUCCESS"]
    token = callers.token(by_authority, mine)[1]["access_token"]
    for holder in (None, signed_by(None)):
        assert callers.token(by_authority, holder, *forged)[0] == 401
        assert callers.orders(token, holder, *forged) == 401
    assert not AuditEvent.objects.filter(reason="certificate_from_stranger").exists()


def test_certificate_header_of_a_caller_beside_nginx_is_an_attack(callers, by_authority, authority):
    mine = signed_by(authority)
    token = callers.token(by_authority, mine)[1]["access_token"]
    forged = {HEADER: mine.escaped, VERIFY: "SUCCESS", "X-Forwarded-Proto": "https"}
    fields = {"grant_type": "client_credentials", "client_id": by_authority.client_id}
    url = f"{callers.site.direct_url}/oauth/token"
    assert requests.post(url, fields, headers=forged, timeout=20).status_code == 401
    headers = {**forged, "Authorization": f"Bearer {token}"}
    url = f"{callers.site.direct_url}/api/orders/"
    assert requests.get(url, headers=headers, timeout=20).status_code == 401
    seen = AuditEvent.objects.filter(reason="certificate_from_stranger").order_by("kind")
    # The row of an API's refusal is written once the answer has been sent.
    deadline = time.monotonic() + 60
    while seen.count() < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(seen.values_list("kind", flat=True)) == ["api.refused", "token.refused"]


def test_certificate_that_the_authority_revoked_gets_no_further_than_nginx(
    transactional_db, by_authority, authority, tmp_path
):
    mine, revoked = signed_by(authority), signed_by(authority)
    (tmp_path / "revoked.pem").write_text(revocation_list(authority, revoked))
    line = f"ssl_crl {tmp_path}/revoked.pem;"
    with running_mtls_site(tmp_path, authority, line) as site:
        callers = Callers(site)
        data = ["--data", f"grant_type=client_credentials&client_id={by_authority.client_id}"]
        assert callers.curl("/oauth/token", mine, *data)[0] == 200
        status, body = callers.curl("/oauth/token", revoked, *data)
    assert (status, "The SSL certificate error" in body) == (400, True)


def test_expired_certificate_gets_no_further_than_nginx(callers, by_authority, authority):
    for issuer in (authority, None):
        expired = make_certificate("CN=orders", begins=-2 * DAY, ends=-DAY, issuer=issuer)
        status, body = callers.curl("/oauth/token", expired, "--data", "client_id=a")
        assert (status, "The SSL certificate error" in body) == (400, True)
