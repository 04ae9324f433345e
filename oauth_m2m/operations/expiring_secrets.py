"""
Which clients need a new secret, because the last of those that they have ends soon.

A secret that is being replaced does not count, on either side: after a rotation its client is
not due again, so the question may be asked each night.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from oauth_m2m import protocol
from oauth_m2m.models import Client, ClientSecret

__all__ = ["due_clients", "is_due"]


def due_clients(before: datetime) -> list[Client]:
    """
    Return the clients whose last secret ends before the moment *before*, by their names.

    Disabled ones are left out, and those that may not use a secret.
    """
    return [client for client in _due(before) if _uses_secrets(client)]


def is_due(client: Client, before: datetime) -> bool:
    """Whether that still holds: another may have rotated meanwhile."""
    return _due(before).filter(pk=client.pk).exists()


def _due(before: datetime) -> QuerySet[Client]:
    # Nor does a proposal: perhaps its client never got it.
    lasting = ClientSecret.objects.active().filter(
        client=OuterRef("pk"), retiring_since=None, awaits_use=False
    )
    return (
        Client.objects.active()
        .filter(Exists(lasting.filter(expires_at__lte=before)))
        .exclude(Exists(lasting.exclude(expires_at__lte=before)))
    )


def _uses_secrets(client: Client) -> bool:
    return not set(protocol.SECRET_METHODS).isdisjoint(client.auth_methods)
