"""Documents of other servers, over real sockets."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import pytest
from cryptography import x509

from oauth_m2m.keys import fetch as fetching
from oauth_m2m.keys.fetch import MAX_BYTES, fetch
from tests.certificates import make_certificate
from tests.key_server import KeyServer, running_key_server

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def test_body_is_returned(server: KeyServer):
    server.body = b"anything"
    assert fetch(server.url, None) == b"anything"


def test_body_is_returned_over_tls_from_an_allowed_network(secure_key_server: KeyServer):
    secure_key_server.body = b"anything"
    assert fetch(secure_key_server.url, LOOPBACK) == b"anything"
    assert fetch(secure_key_server.url, None) == b"anything"


def test_servers_that_want_to_know_are_told_who_asks(server: KeyServer):
    fetch(server.url, None)
    fetch(server.url, None, form={"a": "b"}, headers={"Authorization": "Basic x"})
    assert server.user_agents == ["django-oauth-m2m"] * 2


def test_path_and_query_are_asked_for(server: KeyServer):
    server.echoes = True
    address = server.url.removesuffix("/jwks.json")
    assert fetch(f"{address}/a/b?c=d&e", None) == b"/a/b?c=d&e"
    assert fetch(address, None) == b"/"


def test_form_is_posted_with_the_headers_that_are_given(server: KeyServer):
    server.body = b"anything"
    form = {"token": "a b&c=d", "hint": "ü"}
    assert fetch(server.url, None, form=form, headers={"Authorization": "Basic x"}) == b"anything"
    assert server.posted == [("Basic x", form)]
    assert fetch(server.url, None) == b"anything"
    assert len(server.posted) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jwks.json",
        "file:///etc/passwd",
        "ftp://example.com/",
        "https://",
        "https:///jwks",
        "https://[::1",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://exa\x7fmple.com/",
        "https://" + "a" * 64 + ".example/",
    ],
)
@pytest.mark.parametrize("allowed", [None, LOOPBACK], ids=["anywhere", "in some networks"])
def test_what_is_no_address_is_a_value_error(address, allowed):
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's
        fetch(address, allowed)


@pytest.mark.parametrize("path", ["\x7f", "ü", "\ud800"], ids=ascii)
def test_what_is_no_path_is_a_value_error(server: KeyServer, path):
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        fetch(server.url + path, None)
    assert server.asked == 0


def test_plain_http_is_for_operators_only(server: KeyServer):
    with pytest.raises(ValueError, match=r"^not https$"):
        fetch(server.url, LOOPBACK)
    assert server.asked == 0


@pytest.mark.parametrize(
    "networks",
    [(), (ip_network("10.0.0.0/8"), ip_network("::/0"))],
    ids=["none allowed", "others allowed"],
)
def test_private_address_is_left_before_a_word_is_said(secure_key_server: KeyServer, networks):
    for host in ("127.0.0.1", "localhost"):
        address = secure_key_server.url.replace("127.0.0.1", host)
        with pytest.raises((ValueError, OSError), match=r"private address|refused"):
            fetch(address, networks)
    assert secure_key_server.asked == 0


def test_server_that_nobody_vouches_for_is_refused(server_certificate):
    with running_key_server(str(server_certificate)) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch(server.url, LOOPBACK)
        assert server.asked == 0


def test_name_that_the_certificate_does_not_have_is_refused(tmp_path, monkeypatch):
    other = make_certificate("CN=other", [x509.DNSName("other.example")], is_authority=True)
    path = tmp_path / "other.pem"
    path.write_text(other.key_pem + other.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with running_key_server(str(path)) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
            fetch(server.url, LOOPBACK)
        assert server.asked == 0


@pytest.mark.parametrize("status", [201, 204, 301, 302, 303, 307, 308, 401, 404, 500, 503])
def test_any_status_but_200_is_refused(server: KeyServer, status):
    server.status, server.headers = status, {"Location": "/elsewhere", "Content-Length": "0"}
    with pytest.raises(ValueError, match=f"^status {status}$"):
        fetch(server.url, None)
    assert server.asked == 1


def test_body_may_be_as_large_as_the_limit_and_no_larger(server: KeyServer):
    server.body = b" " * MAX_BYTES
    assert fetch(server.url, None) == server.body
    server.body += b" "
    with pytest.raises(ValueError, match=r"^too large$"):
        fetch(server.url, None)


@contextmanager
def dripping(first: bytes, then: bytes) -> Iterator[str]:
    """Send *first*, and then a part of *then* every few moments until nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_drip, args=(listener, first, then))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join()


def _drip(listener: socket.socket, first: bytes, then: bytes) -> None:
    connected, _ = listener.accept()
    with connected:
        connected.recv(4096)
        try:
            connected.sendall(first)
            while True:
                time.sleep(0.02)
                connected.sendall(then)
        except OSError:
            pass


@pytest.mark.parametrize(
    "first, then",
    [
        pytest.param(b"", b"H", id="the first line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-A: ", b"a", id="a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" ", id="the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n{}", b" ", id="a body without an end"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks"
        ),
    ],
)
def test_server_that_drips_is_given_up(monkeypatch, first, then):
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.3)
    begun = time.monotonic()
    with dripping(first, then) as address, pytest.raises(TimeoutError):
        fetch(address, None)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_server_that_says_nothing_is_given_up(monkeypatch, scheme):
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        fetch(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", None)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="closes at once"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 " + b"x" * 70_000, id="endless line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", id="many headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", id="half a body"),
    ],
)
def test_answer_that_is_no_http_is_an_error(server: KeyServer, raw):
    server.raw = raw
    with pytest.raises((ValueError, OSError)):
        fetch(server.url, None)
