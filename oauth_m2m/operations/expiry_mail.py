"""The mail that says what of a client ends soon, to whoever answers for the client."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oauth_m2m.audit import printable
from oauth_m2m.models import Client
from oauth_m2m.operations.expiry import Ending

__all__ = ["expiry_mail", "recipients_of"]

_LONGEST_NAME: Final = 100


def recipients_of(client: Client) -> tuple[str, ...]:
    """Return the addresses of its contact and its owner, each once; a disabled user is none."""
    addresses = [client.contact_email]
    owner = client.owner
    if owner is not None and owner.is_active:
        addresses.append(getattr(owner, owner.get_email_field_name(), ""))
    # Two ways to write one mailbox, mostly: the part before the @ differs in case only.
    return tuple({address.lower(): address for address in addresses if address}.values())


def expiry_mail(
    client: Client, recipients: Sequence[str], endings: Sequence[Ending]
) -> EmailMessage:
    """Return the mail about *endings* of *client*; nothing in it is secret."""
    # A name is what somebody typed: a line break in it must not become another header.
    name = printable(client.name, _LONGEST_NAME)
    days = min(ending.days_left for ending in endings)
    subject = ngettext(
        "%(name)s: its access ends in %(days)d day",
        "%(name)s: its access ends in %(days)d days",
        days,
    ) % {"name": name, "days": days}
    lines = [
        _("What the client %(name)s (%(client_id)s) proves itself with ends soon:")
        % {"name": name, "client_id": client.client_id},
        "",
        *map(_line, endings),
        "",
        _("From then on the client gets no tokens by it."),
        "",
        *_what_to_do(client, {ending.kind for ending in endings}),
    ]
    return EmailMessage(subject, "\n".join(lines), to=recipients)


def _line(ending: Ending) -> str:
    kinds = {"secret": _("secret"), "key": _("key"), "certificate": _("certificate")}
    used = _("never used") if ending.last_used_at is None else _moment(ending.last_used_at)
    return _("- %(kind)s %(key_id)s ends on %(end)s; last used: %(used)s") % {
        "kind": kinds[ending.kind],
        "key_id": ending.key_id,
        "end": _moment(ending.expires_at),
        "used": used,
    }


def _what_to_do(client: Client, kinds: set[str]) -> list[str]:
    lines = []
    if "secret" in kinds:
        lines += [
            _("For a new secret press Rotate on the client's page in the admin, or run"),
            "",
            f"    python manage.py m2m_rotate_secret {client.client_id}",
            "",
        ]
    if kinds - {"secret"}:
        lines += [_("Add the next key or certificate on the client's page before that day."), ""]
    return [*lines, _("If the client is no longer needed, disable it, and this mail stops.")]


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
