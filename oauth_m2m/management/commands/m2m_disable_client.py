"""Stop a client at once."""

from typing import Any

from django.core.management.base import CommandParser

from oauth_m2m.management.base import M2MCommand, add_client_id, add_reason
from oauth_m2m.management.lookups import client_with_id
from oauth_m2m.operations.clients import disable_client


class Command(M2MCommand):
    """A client that is disabled already is no error: the aim is reached."""

    help = "Refuse a client's tokens from now on and give it no more."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which client, and why."""
        super().add_arguments(parser)
        add_client_id(parser)
        add_reason(parser)

    def handle(self, **options: Any) -> None:
        """Disable the client."""
        client = client_with_id(options["client_id"])
        changed = disable_client(client, actor=self.actor, reason=options["reason"])
        data = {"client_id": client.client_id, "is_active": False, "changed": changed}
        state = "is disabled now" if changed else "was disabled already"
        lines = [
            f'The client "{client.name}" ({client.client_id}) {state}.',
            "Its tokens are refused and it gets no more.",
            "To let it work again:",
            "",
            f"  python manage.py m2m_enable_client {client.client_id}",
        ]
        self.show(options, data, lines)
