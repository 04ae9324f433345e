"""Let a client that was disabled work again."""

from typing import Any

from django.core.management.base import CommandParser

from oauth_m2m.management.base import M2MCommand, add_client_id, add_reason
from oauth_m2m.management.lookups import client_with_id
from oauth_m2m.operations.clients import enable_client


class Command(M2MCommand):
    """A client that works already is no error: the aim is reached."""

    help = "Let a disabled client work again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which client, and why."""
        super().add_arguments(parser)
        add_client_id(parser)
        add_reason(parser)

    def handle(self, **options: Any) -> None:
        """Enable the client."""
        client = client_with_id(options["client_id"])
        changed = enable_client(client, actor=self.actor, reason=options["reason"])
        data = {"client_id": client.client_id, "is_active": True, "changed": changed}
        state = "works again" if changed else "was not disabled"
        lines = [f'The client "{client.name}" ({client.client_id}) {state}.']
        if changed:
            lines += [
                "Its tokens from before count again until they expire. To end them:",
                "",
                f"  python manage.py m2m_revoke --client {client.client_id}",
            ]
        self.show(options, data, lines)
