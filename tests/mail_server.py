"""A real SMTP server on a port of its own, for tests of mail that really travels."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

__all__ = ["MailServer", "running_mail_server"]


@dataclass
class MailServer:
    """Keeps the mail that it took; refuses mailboxes whose name begins with "full"."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, _server, _session, envelope, address: str, _options) -> str:  # noqa: N802 - aiosmtpd's name
        if address.startswith("full"):
            return "452 this mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope: Any) -> str:  # noqa: N802 - as above
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 OK"


class _OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        # The system has chosen it by now.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Run one for a while."""
    kept = MailServer()
    controller = _OnAnyPort(kept, hostname="127.0.0.1", port=0, ready_timeout=60)
    controller.start()
    kept.port = controller.port
    try:
        yield kept
    finally:
        controller.stop()
