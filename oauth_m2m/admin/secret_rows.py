"""A client's secrets as its page shows them: how old, how long yet, who still uses them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from oauth_m2m.admin.token_words import lifetime_in_words
from oauth_m2m.models import Client, ClientSecret

__all__ = ["SOON", "SecretRow", "date_in_words", "secret_rows"]

SOON: Final = timedelta(days=30)
"""How long before its end a secret is marked."""


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret; what there is to say of one that a rotation replaced is in *retirement*."""

    secret: ClientSecret
    expires_soon: bool
    retirement: tuple[str, ...]


def secret_rows(client: Client) -> list[SecretRow]:
    """Return the client's secrets, the newest first."""
    soon = timezone.now() + SOON
    return [
        SecretRow(
            secret,
            expires_soon=secret.state == "active"
            and not secret.is_retiring
            and secret.expires_at is not None
            and secret.expires_at <= soon,
            retirement=tuple(_retirement(secret)),
        )
        for secret in client.secrets.select_related("created_by").defer("digest")
    ]


def date_in_words(moment: datetime) -> str:
    """Return *moment* as the admin writes it, in the current time zone."""
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def _retirement(secret: ClientSecret) -> Iterator[str]:
    if secret.awaits_use and secret.revoked_at is None:
        yield _("The client proposed it; its first use confirms it and ends the one before.")
    since, end = secret.retiring_since, secret.expires_at
    if since is None or end is None or secret.revoked_at is not None:
        return
    yield _("On %s another secret replaced it.") % date_in_words(since)
    yield _last_use(secret, since)
    yield _end(secret, end)


def _last_use(secret: ClientSecret, since: datetime) -> str:
    if secret.last_used_at is None or secret.last_used_at < since:
        return _("Nobody has used it since.")
    places = [
        _("%(address)s (%(when)s)")
        % {"address": address, "when": date_in_words(datetime.fromisoformat(moment))}
        for address, moment in secret.last_addresses
    ]
    if not places:
        return _("It is still used (last: %s).") % date_in_words(secret.last_used_at)
    return _("It is still used: last from %s.") % ", ".join(places)


def _end(secret: ClientSecret, end: datetime) -> str:
    words = {"when": date_in_words(end)}
    is_over = secret.state != "active"
    if secret.unused_limit is None or end == secret.latest_end_at:
        return (_("On %(when)s it stopped.") if is_over else _("On %(when)s it stops.")) % words
    words["limit"] = lifetime_in_words(secret.unused_limit)
    if is_over:
        return _("On %(when)s it stopped, because it was unused for %(limit)s.") % words
    sentence = _("It stops once it was unused for %(limit)s: on %(when)s if nobody uses it before.")
    if secret.latest_end_at is None:
        return sentence % words
    latest = _("On %s it stops, used or not.") % date_in_words(secret.latest_end_at)
    return f"{sentence % words} {latest}"
