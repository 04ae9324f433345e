"""End tokens, a secret or a hand-over link before their time."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NoReturn

from django.core.management.base import CommandError, CommandParser

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.management.base import M2MCommand, add_reason
from oauth_m2m.management.hand_over_links import link_numbered
from oauth_m2m.management.lookups import client_with_id, quoted
from oauth_m2m.management.presented_tokens import read_token, recognised_token
from oauth_m2m.management.typed_values import as_json, as_text
from oauth_m2m.models import AccessToken, ClientSecret, HandOver
from oauth_m2m.operations.credentials import revoke_secret
from oauth_m2m.operations.hand_overs import withdraw_hand_over
from oauth_m2m.operations.tokens import (
    revoke_client_tokens,
    revoke_proven_token,
    revoke_token,
)
from oauth_m2m.tokens.proven import ProvenToken

_STANDARD_INPUT: Final = "-"


class Command(M2MCommand):
    """What was revoked already is no error: the aim is reached."""

    help = "End one token, one secret, one hand-over link, or all tokens of a client."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the things that can be ended."""
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--client", metavar="CLIENT_ID", help="End all tokens that this client has now."
        )
        what.add_argument(
            "--token",
            metavar="-",
            help="End one access token, which is read from standard input. The value is a dash:"
            " a token on the command line stays in the shell's history.",
        )
        what.add_argument(
            "--secret",
            metavar="KEY_ID",
            help="End one client secret. The key id is the eight characters between its two"
            " underscores; the admin shows it.",
        )
        what.add_argument(
            "--hand-over",
            metavar="NUMBER",
            help="Withdraw one hand-over link before somebody opens it, by the number that was"
            " printed with it.",
        )
        add_reason(parser)

    def handle(self, **options: Any) -> None:
        """Revoke."""
        if options["client"] is not None:
            self._revoke_client_tokens(options)
        elif options["token"] is not None:
            self._revoke_token(options)
        elif options["secret"] is not None:
            self._revoke_secret(options)
        else:
            self._withdraw_link(options)

    def _revoke_client_tokens(self, options: Mapping[str, Any]) -> None:
        client = client_with_id(options["client"])
        revoke_client_tokens(client, actor=self.actor, reason=options["reason"])
        data = {
            "revoked": "client_tokens",
            "client_id": client.client_id,
            "changed": True,
            "revoked_at": as_json(client.tokens_valid_after),
        }
        ends = f'All tokens that the client "{client.name}" ({client.client_id}) has now are over.'
        if client.is_active:
            disable = f"  python manage.py m2m_disable_client {client.client_id}"
            more = ["It can still get new ones. To stop that too:", "", disable]
        else:
            more = ["It is disabled and gets no new ones."]
        self.show(options, data, [ends, *more])

    def _revoke_token(self, options: Mapping[str, Any]) -> None:
        if options["token"] != _STANDARD_INPUT:
            _refuse_token_argument()
        presented = read_token(sys.stdin, self.stderr)
        token = recognised_token(presented)
        if isinstance(token, ProvenToken):
            self._revoke_signed_token(token, presented, options)
        else:
            self._revoke_stored_token(token, options)

    def _revoke_stored_token(self, token: AccessToken, options: Mapping[str, Any]) -> None:
        # A token that its client's cut ended has no date of its own.
        changed = token.state != "revoked" and revoke_token(
            token, actor=self.actor, reason=options["reason"]
        )
        token.refresh_from_db(from_queryset=AccessToken.objects.select_related("client"))
        owner = f'of the client "{token.client.name}" ({token.client.client_id})'
        data = {
            "revoked": "token",
            "client_id": token.client.client_id,
            "token": token.pk,
            "changed": changed,
            "revoked_at": as_json(token.revoked_at or token.client.tokens_valid_after),
        }
        line = "is over" if changed else "was revoked already"
        self.show(options, data, [f"The token {token} {owner} {line}."])

    def _revoke_signed_token(
        self, token: ProvenToken, presented: str, options: Mapping[str, Any]
    ) -> None:
        client, cut = token.client, token.client.tokens_valid_after
        was_cut = cut is not None and token.issued_at <= cut
        changed = not was_cut and revoke_proven_token(
            token, presented, actor=self.actor, reason=options["reason"]
        )
        row = AccessToken.objects.filter(jti=token.claims["jti"]).first()
        cut_at = cut if was_cut else None
        revoked_at = cut_at if row is None else row.revoked_at
        data = {
            "revoked": "token",
            "client_id": client.client_id,
            "token": None if row is None else row.pk,
            "changed": changed,
            "revoked_at": as_json(revoked_at),
        }
        self.show(options, data, _about_signed_token(token, revoked_at, is_over=changed))

    def _revoke_secret(self, options: Mapping[str, Any]) -> None:
        secret = _secret(options["secret"])
        changed = revoke_secret(secret, actor=self.actor, reason=options["reason"])
        secret.refresh_from_db(from_queryset=ClientSecret.objects.select_related("client"))
        client = secret.client
        data = {
            "revoked": "secret",
            "client_id": client.client_id,
            "key_id": secret.key_id,
            "changed": changed,
            "revoked_at": as_json(secret.revoked_at),
        }
        owner = f'of the client "{client.name}" ({client.client_id})'
        line = "stopped working now" if changed else "was revoked already"
        lines = [
            f"The secret {secret.key_id} {owner} {line}.",
            "Tokens that it got live on until they expire. To end them too:",
            "",
            f"  python manage.py m2m_revoke --client {client.client_id}",
        ]
        if not ClientSecret.objects.active().for_client(client).exists():
            lines += [
                "",
                "The client has no secret that works now. To give it one:",
                "",
                f"  python manage.py m2m_rotate_secret {client.client_id}",
            ]
        self.show(options, data, lines)

    def _withdraw_link(self, options: Mapping[str, Any]) -> None:
        link = link_numbered(str(options["hand_over"]))
        changed = withdraw_hand_over(link, actor=self.actor, reason=options["reason"])
        link.refresh_from_db(from_queryset=HandOver.objects.select_related("client"))
        client = link.client
        data = {
            "revoked": "hand_over",
            "client_id": client.client_id,
            "hand_over_id": link.pk,
            "changed": changed,
            "state": link.state,
            "revoked_at": as_json(link.withdrawn_at),
        }
        owner = f'of the client "{client.name}" ({client.client_id})'
        lines = [f"The hand-over link {link} {owner} {_end_of(link, changed=changed)}."]
        if link.secret is not None:
            revoke = f"  python manage.py m2m_revoke --secret {link.secret.key_id}"
            lines += ["To end the secret that it gave:", "", revoke]
        self.show(options, data, lines)


def _end_of(link: HandOver, *, changed: bool) -> str:
    if changed:
        return "shows no secret any more"
    if link.claimed_at is not None:
        return f"was opened at {as_text(link.claimed_at)}; that cannot be withdrawn"
    return "was over already"


def _about_signed_token(
    token: ProvenToken, revoked_at: datetime | None, *, is_over: bool
) -> list[str]:
    subject = f'The signed token of the client "{token.client.name}" ({token.client.client_id})'
    expires_at, seconds = as_text(token.expires_at), m2m_settings.REVOCATION_REFRESH_SECONDS
    if is_over:
        return [
            f"{subject} is over.",
            f"Other processes follow within {seconds:g} seconds (REVOCATION_REFRESH_SECONDS).",
            f"An API that does not ask this server accepts it until it expires: {expires_at}.",
        ]
    if revoked_at is not None:
        return [f"{subject} was revoked already."]
    return [f"{subject} expired already: {expires_at}."]


def _refuse_token_argument() -> NoReturn:
    message = (
        "--token takes a dash only, and the token comes through standard input: on the command"
        " line it stays in the shell's history, where others may find it. Write"
        ' "m2m_revoke --token -" and paste the token when asked. Nothing was revoked.'
    )
    raise CommandError(message)


def _secret(key_id: str) -> ClientSecret:
    if key_id.startswith(m2m_settings.SECRET_PREFIX) or redact_credentials(key_id) != key_id:
        message = (
            "--secret takes the key id only: the eight characters between the two underscores of"
            " the secret. What you gave looks like the secret itself, which now is in the shell's"
            " history: revoke it by its key id. Nothing was revoked."
        )
        raise CommandError(message)
    secret = ClientSecret.objects.filter(key_id=key_id).select_related("client").first()
    if secret is None:
        message = (
            f"No secret has the key id {quoted(key_id)}. The key id is the eight characters"
            " between the two underscores of the secret; the admin shows it. Nothing was revoked."
        )
        raise CommandError(message)
    return secret
