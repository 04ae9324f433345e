"""Hold the audit trail against its seals."""

import re
from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.progress import Progress
from oauth_m2m.models import AuditEvent
from oauth_m2m.operations.audit_verification import TrailAlteredError, verify_seals


class Command(M2MCommand):
    """Changes nothing; the exit status says whether the trail is what was sealed."""

    help = (
        "Check that no sealed row of the audit trail was altered, deleted or inserted, and"
        " name the first one that was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what the operator kept."""
        super().add_arguments(parser)
        parser.add_argument(
            "--expect",
            metavar="DIGEST",
            help="A digest that m2m_seal_audit printed once: a trail that was sealed anew does"
            " not have it.",
        )

    def handle(self, **options: Any) -> None:
        """Check it."""
        expected = _digest(options["expect"])
        data: dict[str, Any] = {"is_intact": False, "problem": None, "first_altered": None}
        data |= {"rows": 0, "batches": 0, "unsealed": None, "cleared_batch": None}
        data |= {"sequence": None, "digest": None}
        try:
            self._verify(data, expected)
        except TrailAlteredError as error:
            data |= {"problem": str(error), "first_altered": error.event_id}
            self.show(options, data, [])
            raise CommandError(str(error)) from None
        data["is_intact"] = True
        self.show(options, data, _lines(data))

    def _verify(self, data: dict[str, Any], expected: str | None) -> None:
        was_found = False
        with Progress(self.stderr, self._total()) as progress:
            for seal in verify_seals():
                was_found = was_found or seal.digest == expected
                data |= {"sequence": seal.sequence, "digest": seal.digest}
                if seal.cleared_at is not None:
                    data["cleared_batch"] = seal.sequence
                    continue
                data["batches"] += 1
                data["rows"] += len(seal.row_digests)
                progress.add(len(seal.row_digests))
        if expected is not None and not was_found:
            raise TrailAlteredError(_unexpected(data["cleared_batch"]))
        data["unsealed"] = AuditEvent.objects.filter(seal=None).count()

    def _total(self) -> int:
        # Nobody looks unless at a terminal.
        return AuditEvent.objects.exclude(seal=None).count() if self.stderr.isatty() else 0


def _digest(typed: str | None) -> str | None:
    if typed is None:
        return None
    if not re.fullmatch(r"[0-9a-f]{64}", typed):
        message = "--expect must be the 64 characters that m2m_seal_audit printed as digest."
        raise CommandError(message)
    return typed


def _unexpected(cleared: int | None) -> str:
    unless = "" if cleared is None else f", unless it is that of a batch before {cleared}"
    return (
        "No batch has the expected digest: the trail was sealed anew, or its end was cut off"
        f"{unless}."
    )


def _lines(data: dict[str, Any]) -> list[str]:
    rows, batches, unsealed = (f"{data[name]:,}" for name in ("rows", "batches", "unsealed"))
    lines = [f"Rows as they were sealed: {rows} (batches: {batches}). Not sealed yet: {unsealed}."]
    if data["cleared_batch"] is not None:
        lines.append(f"Cleared: batch {data['cleared_batch']} and all before it.")
    if data["digest"] is not None:
        lines.append(f"Digest of batch {data['sequence']}: {data['digest']}")
    return lines
