"""A site that a real nginx guards, with the configuration of docs/guides/nginx.md."""

import datetime as dt
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from oauth_m2m.keys.jwk import private_pem
from tests.conftest import Registered
from tests.guides import blocks, changed

MODULE: Final = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
PAGE: Final = "The reports.\n"

# What stands around a site: Debian's nginx.conf, and the issuer's own TLS in front of it.
SURROUNDINGS = """
load_module {module};
{user}
pid {folder}/pid;
daemon off;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/temporary/body;
    proxy_temp_path {folder}/temporary/proxy;
    fastcgi_temp_path {folder}/temporary/fastcgi;
    uwsgi_temp_path {folder}/temporary/uwsgi;
    scgi_temp_path {folder}/temporary/scgi;
    include {folder}/site.conf;
    server {{
        listen 127.0.0.1:{issuer_port} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/certificate.key;
        location / {{ proxy_pass {issuer}; }}
    }}
    server {{
        listen 127.0.0.1:{upstream_port};
        location / {{
            return 200 "$request_method $content_length '$http_x_client_id' '$http_authorization'";
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Site:
    """What nginx guards."""

    url: str
    certificate: Path

    def get(self, path: str = "/", token: str | None = None, **headers: str) -> requests.Response:
        return self.send("GET", path, token, **headers)

    def send(
        self, method: str, path: str, token: str | None, body: str = "", **headers: str
    ) -> requests.Response:
        if token is not None:
            headers = {"Authorization": f"Bearer {token}", **headers}
        return requests.request(
            method, self.url + path, data=body, headers=headers, verify=self.certificate, timeout=20
        )


@dataclass(frozen=True)
class Setup:
    """
    What nginx is started from, in a folder of its own.

    *changes* are made to the guide's configuration, beside those that make it fit here.
    """

    nginx_path: str
    folder: Path
    gateway: Registered
    issuer: str
    changes: Mapping[str, str]

    def start(self) -> tuple[subprocess.Popen, Site]:
        """Start nginx and wait until it listens."""
        _write_certificate(self.folder)
        # Between the choice of a port and its use, another process may take it.
        for _ in range(5):
            guarded, issuing, upstream = free_ports(3)
            self._write(guarded, issuing, upstream)
            process = start_nginx(self.nginx_path, self.folder)
            if process is not None:
                return process, Site(
                    f"https://localhost:{guarded}", self.folder / "certificate.pem"
                )
        raise AssertionError((self.folder / "error.log").read_text())

    def _write(self, guarded: int, issuing: int, upstream: int) -> None:
        folder = self.folder
        for name in ("reports", "temporary"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "reports" / "index.html").write_text(PAGE)
        here = {
            "listen 443 ssl": f"listen 127.0.0.1:{guarded} ssl",
            "server_name reports.example.com": "server_name localhost",
            "/etc/ssl/reports.example.com": f"{folder}/certificate",
            "/etc/ssl/certs/ca-certificates.crt": f"{folder}/certificate.pem",
            "/srv/reports": f"{folder}/reports",
            "127.0.0.1:9000": f"127.0.0.1:{upstream}",
            "auth.example.com": f"localhost:{issuing}",
            "/etc/nginx": str(folder),
        }
        site = changed(_block("nginx"), {**here, **self.changes})
        (folder / "site.conf").write_text(site)
        (folder / "m2m.js").write_text(_block("js"))
        self._store_credentials()
        surroundings = SURROUNDINGS.format(
            module=MODULE,
            # Root's nginx would step down to a user that cannot read the folder; another
            # user's nginx is that user anyway.
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            issuer=self.issuer,
            issuer_port=issuing,
            upstream_port=upstream,
        )
        (folder / "nginx.conf").write_text(surroundings)

    def _store_credentials(self) -> None:
        command = changed(_block("sh"), {"/etc/nginx": str(self.folder)})
        known = {"CLIENT_ID": self.gateway.client_id, "CLIENT_SECRET": self.gateway.secret}
        subprocess.run(["sh", "-ec", command], env={**os.environ, **known}, check=True)
        assert (self.folder / "m2m_credentials.conf").stat().st_mode & 0o077 == 0


def start_nginx(nginx_path: str, folder: Path) -> subprocess.Popen | None:
    """Start nginx as *folder* says and wait until it listens; None if it does not."""
    pid, log = folder / "pid", folder / "error.log"
    pid.unlink(missing_ok=True)
    command = [nginx_path, "-e", str(log), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        # nginx writes it when all its sockets listen.
        if pid.exists():
            return process
        time.sleep(0.02)
    process.kill()
    process.wait(20)
    return None


def free_ports(number: int) -> list[int]:
    """Return ports of loopback that nobody used a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _write_certificate(folder: Path) -> None:
    """Write a certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - day).not_valid_after(now + day)
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "certificate.key").write_bytes(private_pem(key))


def _block(language: str) -> str:
    [block] = blocks("nginx", language)
    return block
