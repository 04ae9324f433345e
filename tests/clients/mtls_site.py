"""The example project under gunicorn, behind the nginx of docs/guides/mtls.md."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from tests.certificates import Holder, make_certificate
from tests.clients.nginx_site import free_ports, start_nginx
from tests.connections import database_for_others
from tests.guides import blocks, changed
from tests.host.gunicorn import running_gunicorn, with_settings

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
class MtlsSite:
    """
    The project behind nginx.

    *direct_url* is gunicorn's own, and *certificate* the file of the one that nginx shows.
    """

    url: str
    direct_url: str
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "site.pem"


@contextmanager
def running_mtls_site(folder: Path, authority: Holder, more: str = "") -> Iterator[MtlsSite]:
    """
    Serve the database of this test; nginx trusts client certificates of *authority*.

    *more* is added to nginx's configuration.
    """
    own = make_certificate("CN=localhost", [x509.DNSName("localhost")], is_authority=True)
    (folder / "site.pem").write_text(own.pem)
    (folder / "site.key").write_text(own.key_pem)
    (folder / "authorities.pem").write_text(authority.pem)
    nginx_path = _nginx_path()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        upstream = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process, url = _start(nginx_path, folder, upstream, more)
        try:
            with running_gunicorn(listener, {**database_for_others(), **_settings(url)}):
                yield MtlsSite(url, upstream, folder)
        finally:
            process.terminate()
            process.wait(20)


def _nginx_path() -> str:
    # A normal user's PATH has no sbin on Debian.
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        assert os.environ.get("CI") != "true", "CI has to install nginx"
        pytest.skip("nginx is not installed")
    return path


def _start(nginx_path: str, folder: Path, upstream: str, more: str) -> tuple[subprocess.Popen, str]:
    # Between the choice of a port and its use, another process may take it.
    for _ in range(5):
        [port] = free_ports(1)
        _write(folder, port, upstream, more)
        process = start_nginx(nginx_path, folder)
        if process is not None:
            return process, f"https://localhost:{port}"
    raise AssertionError((folder / "error.log").read_text())


def _write(folder: Path, port: int, upstream: str, more: str) -> None:
    [block] = blocks("mtls", "nginx")
    here = {
        "listen 443 ssl": f"{more} listen 127.0.0.1:{port} ssl",
        "server_name auth.example.com": "server_name localhost",
        "/etc/ssl/auth.example.com": f"{folder}/site",
        "/etc/ssl/client-authorities.pem": f"{folder}/authorities.pem",
        "http://127.0.0.1:8000": upstream,
    }
    (folder / "site.conf").write_text(changed(block, here))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(SURROUNDINGS.format(user=user, folder=folder))


def _settings(url: str) -> dict[str, str]:
    """Return the environment with the settings that the guide shows, for *url*."""
    [block], settings = blocks("mtls", "python"), {}
    exec(block, {}, settings)  # noqa: S102 - our own page
    settings["OAUTH_M2M"]["ISSUER"] = url
    return with_settings(**settings)
