"""Credentials that end in so many days, for tests of what is said about them."""

from datetime import timedelta

from django.utils import timezone

from oauth_m2m.models import Client, ClientKey, ClientSecret

__all__ = ["DAY", "make_client", "make_credential"]

DAY = timedelta(days=1)


def make_client(name: str = "Robot", **fields) -> Client:
    """Store a client that has no credential yet; its id is its name in small letters."""
    return Client.objects.create(client_id=name.lower(), name=name, **fields)


def make_credential(kind: str, client: Client, days: float | None, **fields):
    """Store a secret, key or certificate; *days* from now it ends, None for never."""
    now = timezone.now()
    name = fields.pop("name", f"{client.client_id}-{kind}")
    fields = {
        "client": client,
        "created_at": now - 100 * DAY,
        "expires_at": None if days is None else now + days * DAY,
        **fields,
    }
    if kind == "secret":
        return ClientSecret.objects.create(key_id=name, digest="d", **fields)
    certificate = "PEM" if kind == "certificate" else ""
    return ClientKey.objects.create(kid=name, public_jwk={}, certificate=certificate, **fields)
