"""Give a client a new secret, and let its old ones end."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauth_m2m.management.base import M2MCommand, add_client_id
from oauth_m2m.management.hand_over_links import (
    add_hand_over,
    is_link_wanted,
    link_as_data,
    link_as_lines,
    offer_link,
)
from oauth_m2m.management.lookups import client_with_id
from oauth_m2m.management.typed_values import as_json, as_text, period
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.operations.credentials import rotate_secret
from oauth_m2m.operations.hand_overs import SecretTerms
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
            " setting ROTATION_OVERLAP.",
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
        add_hand_over(parser)

    def handle(self, **options: Any) -> None:
        """Rotate."""
        overlap = period(options["overlap"], "--overlap", "hours", zero=True)
        lifetime = period(options["expires_in"], "--expires-in", "days")
        if options["revoke_old"] and overlap:
            message = "--overlap and --revoke-old contradict each other. Leave one out."
            raise CommandError(message)
        client = client_with_id(options["client_id"])
        if is_link_wanted(options):
            self._send_link(client, options, overlap, lifetime)
            return
        old = list(ClientSecret.objects.active().for_client(client).values_list("pk", flat=True))
        secret = rotate_secret(
            client,
            actor=self.actor,
            overlap=overlap,
            lifetime=lifetime,
            revoke_old=options["revoke_old"],
        )
        ends = _ends(old)
        self.show(options, _as_data(client, secret, ends), _as_lines(client, secret, ends))

    def _send_link(
        self,
        client: Client,
        options: Mapping[str, Any],
        overlap: timedelta | None,
        lifetime: timedelta | None,
    ) -> None:
        if options["revoke_old"]:
            message = (
                "--hand-over and --revoke-old contradict each other: a link ends nothing until"
                " somebody opens it. Revoke the secret that leaked with m2m_revoke --secret first."
            )
            raise CommandError(message)
        terms = SecretTerms(is_rotation=True, overlap=overlap, lifetime=lifetime)
        link = offer_link(client, terms, options, self.actor)
        data = {"client_id": client.client_id, **link_as_data(link)}
        data |= {"old_secrets": [], "old_secrets_end_at": None}
        lines = [
            f'A new secret of the client "{client.name}" ({client.client_id}) waits behind a link.',
            *link_as_lines(link),
            "",
            "Its old secrets work as before until it is opened; then their time to end begins.",
            *_about_disabled(client),
        ]
        self.show(options, data, lines)


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
        "old_secrets": [{"key_id": old.key_id, "ends_at": as_json(end)} for old, end in ends],
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
        if old.revoked_at is None:
            yield f"The old secret {old.key_id} works until {as_text(end)}: change over before."
        else:
            yield f"The old secret {old.key_id} stopped working now."
    if not ends:
        yield "It had no other secret that works."
    yield from _about_disabled(client)


def _about_disabled(client: Client) -> Iterator[str]:
    if not client.is_active:
        yield "The client is disabled and gets no tokens. To let it work again:"
        yield ""
        yield f"  python manage.py m2m_enable_client {client.client_id}"
