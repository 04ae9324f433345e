"""The guide to expiry: its command is one, and its receiver tells a chat."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.core.management import call_command

from oauth_m2m.signals import credential_expiring
from tests.endings import make_client, make_credential
from tests.guides import blocks, changed, command

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A chat that keeps what it is told: its address, and the messages."""
    told: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hooks/ops", told
        server.shutdown()
        thread.join()


def test_command_mails_and_the_receiver_tells_the_chat(chat):
    address, told = chat
    [code] = blocks("expiry", "python")
    code = changed(code, {"https://chat.example.com/hooks/ops": address})
    secret = make_credential("secret", make_client(contact_email="team@example.com"), 6)
    namespace: dict[str, object] = {}
    exec(compile(code, "expiry.md", "exec"), namespace)  # noqa: S102 - the guide's own code
    [block] = blocks("expiry")
    try:
        with pytest.raises(SystemExit) as ended:
            call_command(*command(block))
    finally:
        assert credential_expiring.disconnect(namespace["tell_chat"])
    assert ended.value.code == 1
    assert told == [{"text": f"robot: robot-secret ends on {secret.expires_at:%Y-%m-%d}"}]
    assert [message.to for message in mail.outbox] == [["team@example.com"]]
