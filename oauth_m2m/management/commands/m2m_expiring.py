"""Say what ends soon, and tell those who answer for it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.core.management.base import CommandParser
from django.utils import timezone

from oauth_m2m.audit import printable
from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.tables import aligned
from oauth_m2m.management.typed_values import as_json, as_text, period
from oauth_m2m.operations.expiry import SOON, Ending, ending_credentials, ending_signing_key
from oauth_m2m.operations.expiry_mail import recipients_of
from oauth_m2m.operations.expiry_notices import Notice, notify

_HEADINGS: Final = ("ENDS", "DAYS", "WHAT", "KEY ID", "CLIENT ID", "NAME", "LAST USED", "TO TELL")

_LONGEST_LINE: Final = 2_000

_NOTICES: Final = {
    "sent": "Mailed {recipients} about {what}.",
    "nobody": "Nobody was mailed about {what}: the client has no contact email, and no owner with"
    " an address.",
    "failed": "FAILED to mail {recipients} about {what} ({error}). The next run tries again.",
}


class Command(M2MCommand):
    """Safe to run at any time and twice at once: run it from cron, once a day."""

    help = (
        "List the secrets, keys and certificates of active clients that end soon. The exit"
        " status is 1 when there are any. With --notify, owners and contacts get a mail 30, 14,"
        " 7 and 1 days before, once each."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how soon, and whether to tell people."""
        super().add_arguments(parser)
        parser.add_argument(
            "--within",
            default=SOON.days,
            metavar="DAYS",
            help=f"What ends within this many days. Default: {SOON.days}.",
        )
        parser.add_argument(
            "--notify",
            action="store_true",
            help="Mail those who answer for the clients, and send the signal credential_expiring.",
        )

    def handle(self, **options: Any) -> None:
        """List them; end with 1 if there are any."""
        until = timezone.now() + (period(options["within"], "--within", "days") or SOON)
        endings = ending_credentials(until)
        signing_key = ending_signing_key(until)
        if signing_key is not None:
            endings.insert(0, signing_key)
        notices = list(notify(endings)) if options["notify"] else []
        results = {notice.ending: notice.result for notice in notices}
        data = [_as_data(ending, results.get(ending)) for ending in endings]
        self.show(options, data, _lines(endings, notices, options))
        for notice in notices:
            if notice.result == "failed":
                self.stderr.write(printable(_sentence(notice), _LONGEST_LINE))
        if endings:
            sys.exit(1)


def _lines(
    endings: Sequence[Ending], notices: Sequence[Notice], options: Mapping[str, Any]
) -> Iterator[str]:
    if not endings:
        yield f"Nothing ends within {options['within']} days."
        return
    yield from aligned([_HEADINGS, *map(_as_row, endings)])
    for notice in notices:
        if notice.result in {"sent", "nobody"}:
            yield _sentence(notice)


def _sentence(notice: Notice) -> str:
    ending = notice.ending
    what = f"the {ending.kind} {ending.key_id} of {_client_id(ending)}"
    recipients = " and ".join(notice.recipients)
    return _NOTICES[notice.result].format(recipients=recipients, what=what, error=notice.error)


def _as_row(ending: Ending) -> tuple[str, ...]:
    client = ending.client
    return (
        as_text(ending.expires_at),
        str(ending.days_left),
        ending.kind.replace("_", " "),
        ending.key_id,
        _client_id(ending) or "-",
        "-" if client is None else client.name,
        "-" if client is None else as_text(ending.last_used_at),
        " ".join(_recipients(ending)) or "-",
    )


def _as_data(ending: Ending, result: str | None) -> dict[str, Any]:
    client = ending.client
    return {
        "kind": ending.kind,
        "key_id": ending.key_id,
        "client_id": _client_id(ending) or None,
        "client_name": None if client is None else client.name,
        "expires_at": as_json(ending.expires_at),
        "days_left": ending.days_left,
        "last_used_at": as_json(ending.last_used_at),
        "recipients": list(_recipients(ending)),
        "notice": result,
    }


def _recipients(ending: Ending) -> tuple[str, ...]:
    return () if ending.client is None else recipients_of(ending.client)


def _client_id(ending: Ending) -> str:
    return "" if ending.client is None else ending.client.client_id
