"""Hold the audit trail against its seals, and name the first row that is not what it was."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AuditEvent, AuditSeal
from oauth_m2m.models.audit_seals import FIRST_SEQUENCE
from oauth_m2m.operations.audit_records import COLUMNS, line_of
from oauth_m2m.operations.audit_seals import seal_digest

__all__ = ["TrailAlteredError", "verify_seals"]


class TrailAlteredError(Exception):
    """The trail is not what was sealed; the message says where."""

    def __init__(self, message: str, *, event_id: int | None = None) -> None:
        """Keep the *message*, and the row that it is about if it is about one."""
        super().__init__(message)
        self.event_id = event_id


def verify_seals() -> Iterator[AuditSeal]:
    """
    Yield each seal that holds with its rows, oldest first; raise TrailAlteredError otherwise.

    The seal of a batch that was cleared has no rows any more; the chain begins with it.
    Rows may be sealed, and old batches cleared, meanwhile.
    """
    last: AuditSeal | None = None
    while seal := _next(last):
        _check_link(last, seal)
        if seal.cleared_at is None:
            _check_rows(seal)
        yield seal
        last = seal
    _check_strays()


def _next(last: AuditSeal | None) -> AuditSeal | None:
    seals = AuditSeal.objects.order_by("sequence")
    return (seals if last is None else seals.filter(sequence__gt=last.sequence)).first()


def _check_link(last: AuditSeal | None, seal: AuditSeal) -> None:
    number = seal.sequence
    if seal.digest != seal_digest(seal):
        message = f"The seal of batch {number} was altered."
        raise TrailAlteredError(message)
    if seal.cleared_at is not None:
        _check_nothing_before(seal)
        return
    expected = FIRST_SEQUENCE if last is None else last.sequence + 1
    if number != expected:
        message = f"The seal of batch {expected} is missing; the next one is that of {number}."
        raise TrailAlteredError(message)
    if seal.previous_digest != ("" if last is None else last.digest):
        message = f"Batch {number} does not follow the one before it: one of the two was replaced."
        raise TrailAlteredError(message)


def _check_nothing_before(seal: AuditSeal) -> None:
    # Clearing takes the older seals with it, so this one would hide what came before.
    if AuditSeal.objects.filter(sequence__lt=seal.sequence).exists():
        message = f"Batch {seal.sequence} is marked as cleared, and is not the oldest."
        raise TrailAlteredError(message)


def _check_rows(seal: AuditSeal) -> None:
    # One row more than there were is enough to see that one was inserted.
    rows = seal.events.order_by("pk").values(*COLUMNS)[: len(seal.row_digests) + 1]
    for sealed, row in zip_longest(seal.row_digests, rows):
        problem = _problem(sealed, row)
        if problem is None:
            continue
        event_id, words = problem
        # Its rows may have been cleared since the seal was read.
        if AuditSeal.objects.filter(pk=seal.pk, cleared_at=None).exists():
            message = f"Row {event_id} of batch {seal.sequence} {words}."
            raise TrailAlteredError(message, event_id=event_id)
        return


def _problem(sealed: list[Any] | None, row: Mapping[str, Any] | None) -> tuple[int, str] | None:
    if row is not None and (sealed is None or row["id"] < sealed[0]):
        return row["id"], "was inserted after the batch was sealed"
    if sealed is not None and (row is None or row["id"] > sealed[0]):
        return sealed[0], "was deleted, or taken out of the batch"
    if sealed is not None and row is not None and sealed[1] != digest_credential(line_of(row)):
        return sealed[0], "was altered"
    return None


def _check_strays() -> None:
    standing = AuditSeal.objects.filter(cleared_at=None)
    strays = AuditEvent.objects.exclude(seal=None).exclude(seal__in=standing)
    stray = strays.order_by("pk").values_list("pk", flat=True).first()
    if stray is not None:
        message = f"Row {stray} was inserted into a batch that has no rows any more."
        raise TrailAlteredError(message, event_id=stray)
