"""Give a client a new secret, and let its old ones end."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauth_m2m.management.base import M2MCommand, add_client_id
from oauth_m2m.management.lookups import client_with_id
from oauth_m2m.management.typed_values import as_json, as_text, period
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.operations.credentials import rotate_secret
from oauth_m2m.values import NewSecret


class Command(M2MCommand):
    """The old secrets work a while longer, so that the client can be changed over."""

    help = "Give a client a new secret, printed once; its old ones work a while longer."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how long the old secrets and the new one work."""
        super().add_arguments(parser)
        add_client_id(parser)
        parser.add_argument(
            "--overlap",
            metavar="HOURS",
            help="Hours that the old secrets go on working; 0 stops them now. Default: the"
            " setting ROTATION_OVERLAP, unless there is --until-unused.",
        )
        parser.add_argument(
            "--until-unused",
            metavar="HOURS",
            help="Let the old secrets work until nobody has used them for so many hours; with"
            " --overlap, until whichever comes first.",
        )
        parser.add_argument(
            "--expires-in",
            metavar="DAYS",
            help="Days until the new secret stops working. Default: the setting SECRET_LIFETIME.",
        )
        parser.add_argument(
            "--revoke-old",
            action="store_true",
            help="Stop the old secrets now, as when one leaked.",
        )

    def handle(self, **options: Any) -> None:
        """Rotate."""
        overlap = period(options["overlap"], "--overlap", "hours", zero=True)
        until_unused = period(options["until_unused"], "--until-unused", "hours")
        lifetime = period(options["expires_in"], "--expires-in", "days")
        for flag, value in (("--overlap", overlap), ("--until-unused", until_unused)):
            if options["revoke_old"] and value:
                message = f"{flag} and --revoke-old contradict each other. Leave one out."
                raise CommandError(message)
        client = client_with_id(options["client_id"])
        old = list(ClientSecret.objects.active().for_client(client).values_list("pk", flat=True))
        secret = rotate_secret(
            client,
            actor=self.actor,
            overlap=overlap,
            until_unused=until_unused,
            lifetime=lifetime,
            revoke_old=options["revoke_old"],
        )
        ends = _ends(old)
        self.show(options, _as_data(client, secret, ends), _as_lines(client, secret, ends))


def _ends(pks: Sequence[int]) -> list[tuple[ClientSecret, datetime]]:
    # Read back: a secret that would have expired sooner kept its date.
    secrets = ClientSecret.objects.filter(pk__in=pks).order_by("created_at", "pk")
    ends = ((secret, secret.revoked_at or secret.expires_at) for secret in secrets)
    return [(secret, end) for secret, end in ends if end is not None]


def _as_data(
    client: Client, secret: NewSecret, ends: list[tuple[ClientSecret, datetime]]
) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
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


def _as_lines(
    client: Client, secret: NewSecret, ends: list[tuple[ClientSecret, datetime]]
) -> Iterator[str]:
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
