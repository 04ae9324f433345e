"""Delete what is over: expired tokens, old links, the audit trail beyond the time to keep it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import ProtectedError
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.progress import Progress
from oauth_m2m.management.typed_values import as_json, as_text, past_moment, whole_number
from oauth_m2m.models import AccessToken, AuditEvent
from oauth_m2m.operations.audit_seals import clear_sealed_events, seal_events
from oauth_m2m.operations.hand_overs import KEPT_FOR, clear_hand_overs
from oauth_m2m.operations.tokens import clear_expired


class Command(M2MCommand):
    """Safe to run at any time, twice at once, and to interrupt: run it from cron."""

    help = (
        "Delete access tokens that expired, a batch at a time, hand-over links that were over for"
        " 30 days, and the rows of the audit trail that are older than the setting"
        " AUDIT_RETENTION. Run it once a day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how much at once, and up to when."""
        super().add_arguments(parser)
        parser.add_argument(
            "--batch",
            default=5000,
            metavar="N",
            help="Tokens deleted by one statement, at least 1. Default: 5000.",
        )
        parser.add_argument(
            "--before",
            metavar="DATE",
            help="Only tokens that expired, and rows from, before this date or time, such as"
            " 2026-01-31 or 2026-01-31T18:00, in the current time zone unless it names one."
            " Default: now.",
        )

    def handle(self, **options: Any) -> None:
        """Delete them."""
        batch_size = whole_number(options["batch"], "--batch")
        before = timezone.now()
        if options["before"] is not None:
            before = past_moment(options["before"], "--before")
        events_before = _end_of_retention(before)
        deleted = deleted_events = 0
        with Progress(self.stderr, self._total(before, events_before)) as progress:
            for rows in clear_expired(before=before, batch_size=batch_size):
                deleted += rows
                progress.add(rows)
            for rows in self._clear_events(events_before):
                deleted_events += rows
                progress.add(rows)
        deleted_links = clear_hand_overs(before=before)
        data = {
            "deleted": deleted,
            "before": as_json(before),
            "deleted_audit_rows": deleted_events,
            "audit_rows_before": as_json(events_before),
            "deleted_hand_overs": deleted_links,
        }
        tokens = "token" if deleted == 1 else "tokens"
        lines = [f"Deleted {deleted:,} {tokens} that expired before {as_text(before)}."]
        if deleted_links:
            links = "link" if deleted_links == 1 else "links"
            lines.append(
                f"Deleted {deleted_links:,} hand-over {links}, over for {KEPT_FOR.days} days."
            )
        if events_before is not None:
            rows_of_trail = f"{deleted_events:,} {'row' if deleted_events == 1 else 'rows'}"
            lines.append(
                f"Deleted {rows_of_trail} of the audit trail from before {as_text(events_before)}."
            )
        self.show(options, data, lines)

    def _clear_events(self, before: datetime | None) -> Iterator[int]:
        if before is None:
            return
        for _ in seal_events():
            pass
        try:
            yield from clear_sealed_events(before=before, actor=self.actor)
        except ProtectedError:
            # Its text shows the rows.
            message = "The audit trail was altered: m2m_verify_audit says where."
            raise CommandError(message) from None

    def _total(self, before: datetime, events_before: datetime | None) -> int:
        # Counting reads as much as deleting does, and nobody looks unless at a terminal.
        if not self.stderr.isatty():
            return 0
        tokens = AccessToken.objects.filter(expires_at__lt=before).count()
        if events_before is None:
            return tokens
        return tokens + AuditEvent.objects.filter(created_at__lt=events_before).count()


def _end_of_retention(before: datetime) -> datetime | None:
    kept = m2m_settings.AUDIT_RETENTION
    return None if kept is None else min(before, timezone.now() - kept)
