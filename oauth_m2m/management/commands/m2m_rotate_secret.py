"""Give a client a new secret, or all whose secrets end soon, and let the old ones end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.hand_over_links import (
    add_hand_over,
    is_link_wanted,
    link_as_data,
    link_as_lines,
    offer_link,
)
from oauth_m2m.management.lookups import client_with_id
from oauth_m2m.management.progress import Progress
from oauth_m2m.management.rotated_secrets import Rotated, about_disabled, as_data, as_lines, ends_of
from oauth_m2m.management.typed_values import period
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.credentials import newest_key_id, rotate_secret
from oauth_m2m.operations.expiring_secrets import due_clients, is_due
from oauth_m2m.operations.hand_overs import SecretTerms


class Command(M2MCommand):
    """The old secrets work a while longer, so that the clients can be changed over."""

    help = (
        "Give a client a new secret, printed once; its old ones work a while longer. With"
        " --expiring-within, all clients whose last secret ends soon, one after the other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which clients, and how long the old secrets and the new one work."""
        super().add_arguments(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "client_id",
            nargs="?",
            metavar="CLIENT_ID",
            help="The client's id, as m2m_list_clients shows it.",
        )
        which.add_argument(
            "--expiring-within",
            metavar="DAYS",
            help="Instead: every client that is enabled and whose last secret ends within so"
            " many days. With --json, one object a line.",
        )
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
        add_hand_over(parser)

    def handle(self, **options: Any) -> None:
        """Rotate."""
        how = _how(options)
        within = period(options["expiring_within"], "--expiring-within", "days")
        if within is None:
            client = client_with_id(options["client_id"])
            if is_link_wanted(options):
                self._send_link(client, options, how)
            else:
                self._show(self._rotated(client, how), options)
            return
        if is_link_wanted(options):
            message = "--hand-over is for one client: name it instead of --expiring-within."
            raise CommandError(message)
        lifetime = how["lifetime"] or m2m_settings.SECRET_LIFETIME
        if lifetime is not None and lifetime <= within:
            message = (
                "The new secrets would end within that time too, and the next run would rotate"
                " them again. Give fewer days, or more in --expires-in."
            )
            raise CommandError(message)
        self._rotate_all(within, options, how)

    def _rotate_all(
        self, within: timedelta, options: Mapping[str, Any], how: dict[str, Any]
    ) -> None:
        before = timezone.now() + within
        clients = due_clients(before)
        if not clients and not options["json"]:
            self.stdout.write("No client has to be rotated: no last secret ends within that time.")
        failed = 0
        with Progress(self.stderr, len(clients)) as progress:
            for client in clients:
                try:
                    rotated = self._rotated_if_due(client, before, how)
                except ValidationError:
                    self._say(client, "somebody else changed its secrets just now")
                except Exception as error:  # noqa: BLE001 - of the database, or of who listens to a signal: the others go on
                    failed += 1
                    first_line, _, _ = str(error).partition("\n")
                    self._say(client, f"{type(error).__name__}: {first_line}")
                else:
                    # Not caught: where secrets can no longer be printed, no more are made.
                    self._show(rotated, options)
                # On a terminal the line would run into those with the secrets.
                if not self.stdout.isatty():
                    progress.add(1)
        if failed:
            message = f"{failed} of {len(clients)} clients were not rotated; run it again."
            raise CommandError(message)

    def _rotated_if_due(
        self, client: Client, before: datetime, how: dict[str, Any]
    ) -> Rotated | None:
        newest = newest_key_id(client)
        if not is_due(client, before):
            return None
        return self._rotated(client, {**how, "expected_newest": newest})

    def _rotated(self, client: Client, how: dict[str, Any]) -> Rotated:
        # All of it or nothing: a secret that was made and cannot be shown is lost.
        with our_transaction():
            secrets = ClientSecret.objects.active().for_client(client)
            old = list(secrets.values_list("pk", flat=True))
            secret = rotate_secret(client, actor=self.actor, **how)
            return Rotated(client, secret, ends_of(old))

    def _show(self, rotated: Rotated | None, options: Mapping[str, Any]) -> None:
        if rotated is not None:
            self.show(options, as_data(rotated), as_lines(rotated))
            self.stdout.flush()

    def _send_link(self, client: Client, options: Mapping[str, Any], how: dict[str, Any]) -> None:
        if how.pop("revoke_old"):
            message = (
                "--hand-over and --revoke-old contradict each other: a link ends nothing until"
                " somebody opens it. Revoke the secret that leaked with m2m_revoke --secret first."
            )
            raise CommandError(message)
        link = offer_link(client, SecretTerms(is_rotation=True, **how), options, self.actor)
        data = {"client_id": client.client_id, **link_as_data(link)}
        data |= {"old_secrets": [], "old_secrets_end_at": None}
        lines = [
            f'A new secret of the client "{client.name}" ({client.client_id}) waits behind a link.',
            *link_as_lines(link),
            "",
            "Its old secrets work as before until it is opened; then their time to end begins.",
            *about_disabled(client),
        ]
        self.show(options, data, lines)

    def _say(self, client: Client, why: str) -> None:
        name = "".join(char if char.isprintable() else "?" for char in client.name)
        self.stderr.write(f'Not rotated: the client "{name}" ({client.client_id}): {why}')


def _how(options: Mapping[str, Any]) -> dict[str, Any]:
    overlap = period(options["overlap"], "--overlap", "hours", zero=True)
    until_unused = period(options["until_unused"], "--until-unused", "hours")
    for flag, value in (("--overlap", overlap), ("--until-unused", until_unused)):
        if options["revoke_old"] and value:
            message = f"{flag} and --revoke-old contradict each other. Leave one out."
            raise CommandError(message)
    return {
        "overlap": overlap,
        "until_unused": until_unused,
        "lifetime": period(options["expires_in"], "--expires-in", "days"),
        "revoke_old": options["revoke_old"],
    }
