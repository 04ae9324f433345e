"""A server on loopback that publishes keys and answers questions, well or badly."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl

from oauth_m2m.keys.jwk import public_jwk
from tests.jose import private_key


def jwk(algorithm: str = "ES256", number: int = 0) -> dict[str, Any]:
    return public_jwk(private_key(algorithm, number), algorithm)


class KeyServer:
    """
    Answers every request with *body*, *status* and *headers*, and counts what it was asked.

    *posted* is the Authorization header and the form of each POST, *user_agents* who each
    caller said it was; *waits_for* holds every answer back until it is set.
    """

    def __init__(self, certificate: str = "") -> None:
        self._certificate = certificate
        self.asked = 0
        self.posted: list[tuple[str | None, dict[str, str]]] = []
        self.user_agents: list[str | None] = []
        self.status = 200
        self.headers: dict[str, str] = {"Content-Type": "application/jwk-set+json"}
        self.body = b""
        self.raw: bytes | None = None
        self.drips = False
        self.echoes = False
        self.waits_for: Event | None = None
        self._address = ("127.0.0.1", 0)

    def publish(self, *keys: Any) -> None:
        self.body = json.dumps({"keys": list(keys)}).encode()

    @property
    def url(self) -> str:
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://127.0.0.1:{self._address[1]}/jwks.json"

    def start(self) -> None:
        self._server = ThreadingHTTPServer(self._address, self._handler())
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
            # The handshake belongs into the thread of its connection, not before the next one.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._address = self._server.server_address
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked += 1
                server.user_agents.append(self.headers["User-Agent"])
                with suppress(OSError):
                    server._answer(self)

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = dict(parse_qsl(form, strict_parsing=True))
                server.posted.append((self.headers["Authorization"], fields))
                self.do_GET()

            def handle(self) -> None:
                # A caller that does not trust the certificate hangs up.
                with suppress(OSError):
                    super().handle()

            def log_message(self, *_args: object) -> None:
                pass

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        if self.waits_for is not None:
            self.waits_for.wait()
        if self.raw is not None:
            handler.wfile.write(self.raw)
            return
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(handler.path.encode() if self.echoes else self.body)
        while self.drips:
            time.sleep(0.02)
            handler.wfile.write(b" ")


@contextmanager
def running_key_server(certificate: str = "") -> Iterator[KeyServer]:
    """Serve over TLS if *certificate* is the path of one with its key."""
    server = KeyServer(certificate)
    server.start()
    yield server
    server.drips = False
    server.stop()
