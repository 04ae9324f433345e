"""What m2m_rotate_secret prints: the new secret, and how the old ones end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oauth_m2m.management.typed_values import as_json, as_text
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.values import NewSecret

__all__ = ["Rotated", "about_disabled", "as_data", "as_lines", "ends_of"]


@dataclass(frozen=True, slots=True)
class Rotated:
    """A client with its new secret, and its old ones with when they end."""

    client: Client
    secret: NewSecret
    ends: list[tuple[ClientSecret, datetime]]


def ends_of(pks: Sequence[int]) -> list[tuple[ClientSecret, datetime]]:
    """Return those of the old secrets that end, with when."""
    # Read back: a secret that would have expired sooner kept its date.
    secrets = ClientSecret.objects.filter(pk__in=pks).order_by("created_at", "pk")
    ends = ((secret, secret.revoked_at or secret.expires_at) for secret in secrets)
    return [(secret, end) for secret, end in ends if end is not None]


def as_data(rotated: Rotated) -> dict[str, Any]:
    """Return the object that programs read."""
    secret, ends = rotated.secret, rotated.ends
    return {
        "client_id": rotated.client.client_id,
        "client_secret": secret.clear_secret,
        "key_id": secret.key_id,
        "secret_expires_at": as_json(secret.expires_at),
        "old_secrets": [
            {
                "key_id": old.key_id,
                "ends_at": as_json(end),
                "ends_once_unused_for_hours": _unused_hours(old),
                "ends_at_the_latest": as_json(old.revoked_at or old.latest_end_at),
            }
            for old, end in ends
        ],
        "old_secrets_end_at": as_json(max((end for _, end in ends), default=None)),
    }


def as_lines(rotated: Rotated) -> Iterator[str]:
    """Yield the lines that people read; one of them is the secret."""
    client, secret, ends = rotated.client, rotated.secret, rotated.ends
    yield f'The client "{client.name}" ({client.client_id}) has a new secret.'
    yield "This is the only time that it is shown; keep it in a safe place."
    yield f"Key id {secret.key_id}; expires: {as_text(secret.expires_at)}."
    yield ""
    yield secret.clear_secret
    yield ""
    for old, end in ends:
        yield _fate(old, end)
    if not ends:
        yield "It had no other secret that works."
    yield from about_disabled(client)


def about_disabled(client: Client) -> Iterator[str]:
    """Yield what to do before a disabled client can use its new secret."""
    if not client.is_active:
        yield "The client is disabled and gets no tokens. To let it work again:"
        yield ""
        yield f"  python manage.py m2m_enable_client {client.client_id}"


def _fate(old: ClientSecret, end: datetime) -> str:
    if old.revoked_at is not None:
        return f"The old secret {old.key_id} stopped working now."
    if old.unused_limit is None or end == old.latest_end_at:
        return f"The old secret {old.key_id} works until {as_text(end)}: change over before."
    latest = f", at the latest on {as_text(old.latest_end_at)}" if old.latest_end_at else ""
    return (
        f"The old secret {old.key_id} stops once it was unused for {_unused_hours(old):g} hours:"
        f" on {as_text(end)} if nobody uses it before{latest}."
    )


def _unused_hours(old: ClientSecret) -> float | None:
    return None if old.unused_limit is None else old.unused_limit / timedelta(hours=1)
