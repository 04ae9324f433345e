"""Audit trails for tests: written, sealed, and altered behind the back of the code."""

from datetime import UTC, datetime, timedelta

from oauth_m2m.models import AuditEvent, AuditSeal
from oauth_m2m.operations.audit_seals import seal_events

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def write(rows: int, *, start: datetime = START) -> list[int]:
    """Write events that differ, a minute apart; return their ids."""
    events = [
        AuditEvent(
            kind="secret.rotated" if number % 2 else "token.refused",
            created_at=start + number * MINUTE,
            actor_name="olga",
            client_identifier=f"robot-{number % 3}",
            address="192.0.2.7",
            reason=f"reason {number}",
            error_id=f"{number:012d}",
            detail={"b": number, "a": ["é", {"z": None, "y": 1}]},
        )
        for number in range(rows)
    ]
    AuditEvent.objects.bulk_create(events)
    return list(AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[:rows])[::-1]


def seal() -> list[AuditSeal]:
    """Seal what is not sealed yet."""
    return list(seal_events())


def sealed(*batches: int) -> list[list[int]]:
    """Write and seal batches of so many rows; return the ids of each."""
    written = []
    for number, rows in enumerate(batches):
        written.append(write(rows, start=START + number * timedelta(days=1)))
        seal()
    return written
