"""Seal what was added to the audit trail."""

from typing import Any

from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.progress import Progress
from oauth_m2m.management.typed_values import as_json
from oauth_m2m.models import AuditEvent
from oauth_m2m.operations.audit_seals import newest_seal, seal_events


class Command(M2MCommand):
    """Safe to run at any time and twice at once: run it from cron, often."""

    help = (
        "Seal the rows that were added to the audit trail, and print the digest that stands"
        " for all of it. Keep the digest on another machine."
    )

    def handle(self, **options: Any) -> None:
        """Seal them."""
        rows = batches = 0
        with Progress(self.stderr, self._total()) as progress:
            for seal in seal_events():
                batches += 1
                rows += len(seal.row_digests)
                progress.add(len(seal.row_digests))
        newest = newest_seal()
        data = {
            "rows": rows,
            "batches": batches,
            "sequence": None if newest is None else newest.sequence,
            "digest": None if newest is None else newest.digest,
            "sealed_at": None if newest is None else as_json(newest.sealed_at),
        }
        lines = [f"Rows sealed: {rows:,}."]
        if newest is not None:
            lines.append(f"Digest of batch {newest.sequence}: {newest.digest}")
        self.show(options, data, lines)

    def _total(self) -> int:
        # Nobody looks unless at a terminal.
        return AuditEvent.objects.filter(seal=None).count() if self.stderr.isatty() else 0
