"""Delete the access tokens that expired, so that their table stays small."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.progress import Progress
from oauth_m2m.management.typed_values import as_json, as_text, past_moment, whole_number
from oauth_m2m.models import AccessToken
from oauth_m2m.operations.tokens import clear_expired


class Command(M2MCommand):
    """Safe to run at any time, twice at once, and to interrupt: run it from cron."""

    help = "Delete access tokens that expired, a batch at a time. Run it once a day."

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
            help="Only tokens that expired before this date or time, such as 2026-01-31 or"
            " 2026-01-31T18:00, in the current time zone unless it names one. Default: now.",
        )

    def handle(self, **options: Any) -> None:
        """Delete them."""
        batch_size = whole_number(options["batch"], "--batch")
        before = timezone.now()
        if options["before"] is not None:
            before = past_moment(options["before"], "--before")
        deleted = 0
        with Progress(self.stderr, self._total(before)) as progress:
            for rows in clear_expired(before=before, batch_size=batch_size):
                deleted += rows
                progress.add(rows)
        data = {"deleted": deleted, "before": as_json(before)}
        tokens = "token" if deleted == 1 else "tokens"
        line = f"Deleted {deleted:,} {tokens} that expired before {as_text(before)}."
        self.show(options, data, [line])

    def _total(self, before: datetime) -> int:
        # Counting reads as much as deleting does, and nobody looks unless at a terminal.
        if not self.stderr.isatty():
            return 0
        return AccessToken.objects.filter(expires_at__lt=before).count()
