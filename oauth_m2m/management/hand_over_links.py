"""``--hand-over``: print a link that shows the secret once, instead of the secret."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from oauth_m2m.management.lookups import quoted
from oauth_m2m.management.typed_values import as_json, as_text, period
from oauth_m2m.models import Client, HandOver
from oauth_m2m.operations.hand_overs import OfferedLink, SecretTerms, offer_hand_over
from oauth_m2m.values import Actor

__all__ = [
    "add_hand_over",
    "is_link_wanted",
    "link_as_data",
    "link_as_lines",
    "link_numbered",
    "offer_link",
]


def add_hand_over(parser: CommandParser) -> None:
    """Add the flag of a command that makes a secret."""
    parser.add_argument(
        "--hand-over",
        nargs="?",
        const="",
        metavar="HOURS",
        help="Print a link instead of the secret: whoever opens it first sees the secret, once,"
        " within so many hours. Default: the setting HAND_OVER_LIFETIME.",
    )


def is_link_wanted(options: Mapping[str, Any]) -> bool:
    """Whether the flag was given, with hours or without."""
    return options["hand_over"] is not None


def offer_link(
    client: Client, terms: SecretTerms, options: Mapping[str, Any], actor: Actor
) -> OfferedLink:
    """Make the link; raise CommandError for bad hours, and where no link can be made."""
    lifetime = period(options["hand_over"] or None, "--hand-over", "hours")
    try:
        return offer_hand_over(client, terms, actor=actor, link_lifetime=lifetime)
    except ValidationError as error:
        raise CommandError(" ".join([*error.messages, "Nothing was changed."])) from None


def link_as_data(link: OfferedLink) -> dict[str, Any]:
    """Return what programs read of a link; the secret does not exist yet."""
    return {
        "client_secret": None,
        "key_id": None,
        "secret_expires_at": None,
        "hand_over_id": link.pk,
        "hand_over_url": link.url,
        "hand_over_expires_at": as_json(link.expires_at),
    }


def link_as_lines(link: OfferedLink) -> list[str]:
    """Return what people read of a link."""
    return [
        "Whoever opens this link first, and presses its button, sees the secret, once.",
        "This is the only time that the link is shown; send it by a way that only they read.",
        f"It works until {as_text(link.expires_at)}.",
        "",
        link.url,
        "",
        "To withdraw it before:",
        "",
        f"  python manage.py m2m_revoke --hand-over {link.pk}",
    ]


def link_numbered(number: str) -> HandOver:
    """Return the link with the id *number*, or raise CommandError."""
    # An id longer than this is none, and would not fit into the database's number.
    known = number.isdecimal() and number.isascii() and len(number) < 19
    links = HandOver.objects.filter(pk=int(number) if known else 0).select_related("client")
    link = links.first()
    if link is None:
        message = (
            f"No hand-over link has the number {quoted(number)}. The command that made it printed"
            " the number; the client's page in the admin shows it. Nothing was withdrawn."
        )
        raise CommandError(message)
    return link
