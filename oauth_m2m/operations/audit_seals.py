"""Seal the audit trail in batches that hang on one another, and clear away old batches."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError
from django.utils import timezone

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AuditEvent, AuditSeal
from oauth_m2m.models.audit_seals import FIRST_SEQUENCE
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.audit_records import COLUMNS, line_of, utc_text
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

__all__ = ["ROWS_OF_A_SEAL", "clear_sealed_events", "newest_seal", "seal_digest", "seal_events"]

ROWS_OF_A_SEAL: Final = 1_000


def seal_events() -> Iterator[AuditSeal]:
    """
    Seal all events that are not sealed yet; yields each batch once it is.

    A row whose transaction ends later is in a later batch. Any number of processes may seal
    at once: each row gets into one batch.
    """
    is_full = True
    while is_full:
        newest = newest_seal()
        unsealed = AuditEvent.objects.filter(seal=None).order_by("pk").values(*COLUMNS)
        rows = list(unsealed[:ROWS_OF_A_SEAL])
        if not rows:
            return
        try:
            seal = _seal(newest, rows)
        except IntegrityError:
            if newest_seal() == newest:
                raise
            continue  # Another process took this number, and perhaps these rows.
        yield seal
        is_full = len(rows) == ROWS_OF_A_SEAL


def newest_seal() -> AuditSeal | None:
    """Return the newest seal, whose digest stands for the whole trail; None without any."""
    return AuditSeal.objects.order_by("-sequence").first()


def seal_digest(seal: AuditSeal) -> str:
    """Return what the digest of *seal* must be."""
    sealed = {
        "sequence": seal.sequence,
        "sealed_at": utc_text(seal.sealed_at),
        "previous": seal.previous_digest,
        "rows": seal.row_digests,
    }
    return digest_credential(json.dumps(sealed, separators=(",", ":")))


def clear_sealed_events(*, before: datetime, actor: Actor) -> Iterator[int]:
    """
    Delete the oldest batches whose rows are all older than *before*.

    Yields the number deleted after each batch. Its seal stays until the next batch is cleared:
    the rest of the chain hangs on it. Seal first: what is not sealed is not deleted.
    """
    rows = batches = 0
    digest = ""
    try:
        while seal := _clearable(before):
            deleted = _clear(seal)
            if deleted:
                rows, batches, digest = rows + deleted, batches + 1, seal.digest
            yield deleted
    finally:
        # An interruption too: what is gone has to be accounted for.
        if rows:
            detail = {"rows": rows, "batches": batches, "digest": digest}
            note("audit.cleared", actor, detail=detail)


@our_transaction()
def _seal(newest: AuditSeal | None, rows: list[dict[str, Any]]) -> AuditSeal:
    seal = AuditSeal(
        sequence=FIRST_SEQUENCE if newest is None else newest.sequence + 1,
        sealed_at=timezone.now(),
        previous_digest="" if newest is None else newest.digest,
        row_digests=[[row["id"], digest_credential(line_of(row))] for row in rows],
    )
    seal.digest = seal_digest(seal)
    # The first statement of the transaction: whoever comes second waits here and then fails.
    seal.save(force_insert=True)
    AuditEvent.objects.filter(pk__in=[row["id"] for row in rows], seal=None).update(seal=seal)
    return seal


def _clearable(before: datetime) -> AuditSeal | None:
    seal = AuditSeal.objects.filter(cleared_at=None).order_by("sequence").first()
    if seal is None or seal.events.filter(created_at__gte=before).exists():
        return None
    return seal


@our_transaction()
def _clear(seal: AuditSeal) -> int:
    # Of two processes the second one waits here, and then finds it done.
    if not AuditSeal.objects.filter(pk=seal.pk, cleared_at=None).update(cleared_at=timezone.now()):
        return 0
    deleted, _ = seal.events.all().delete()
    AuditSeal.objects.filter(sequence__lt=seal.sequence).delete()
    return deleted
