"""
Tell people and programs what ends soon: a mail and a signal, once at each of four times.

A row of ``ExpiryNotice`` is claimed before anything is sent, so of two runs at once one
sends. A mail that fails is given back and tried again by the next run; a run that was
killed keeps its claim for ``CLAIM``.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone

from oauth_m2m.log_events import EXPIRY_UNMAILED
from oauth_m2m.models import Client, ExpiryNotice
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.expiry import Ending
from oauth_m2m.operations.expiry_mail import expiry_mail, recipients_of
from oauth_m2m.signals import credential_expiring

__all__ = ["CLAIM", "DAYS", "Notice", "notify"]

DAYS: Final = (1, 7, 14, 30)
"""How many days before the end people are told."""

CLAIM: Final = timedelta(minutes=15)

_CREDENTIALS: Final = {
    "secret": "client_secret",
    "key": "client_key",
    "certificate": "client_certificate",
}

logger = logging.getLogger("oauth_m2m.expiry")


@dataclass(frozen=True, slots=True)
class Notice:
    """
    What became of an ending.

    *result* is ``sent``, ``failed``, ``nobody`` (there is no address), or ``not_due`` (told
    already, told by another run right now, or too early). *error* is the name of what went
    wrong; its text may have a password.
    """

    ending: Ending
    result: str
    recipients: tuple[str, ...] = ()
    error: str = ""


def notify(endings: Iterable[Ending]) -> Iterator[Notice]:
    """Tell those of *endings* that are due, a mail for each client; say what became of each."""
    of_clients = [(ending.client, ending) for ending in endings if ending.client is not None]
    of_clients.sort(key=lambda pair: (pair[0].pk, pair[1].expires_at))
    for client, pairs in groupby(of_clients, key=itemgetter(0)):
        yield from _notify_client(client, [ending for _, ending in pairs])


def _notify_client(client: Client, endings: Iterable[Ending]) -> Iterator[Notice]:
    claimed: dict[int, Ending] = {}
    for ending in endings:
        pk = _claim(client, ending)
        if pk is None:
            yield Notice(ending, "not_due")
        else:
            claimed[pk] = ending
    if not claimed:
        return
    recipients, error = recipients_of(client), ""
    try:
        if recipients:
            expiry_mail(client, recipients, list(claimed.values())).send()
    except Exception as failure:  # noqa: BLE001 - each mail backend has errors of its own
        error = type(failure).__name__
        logger.warning(
            "no mail about client=%s: %s",
            client.client_id,
            error,
            extra=EXPIRY_UNMAILED(client_id=client.client_id, error_type=error),
        )
    rows = ExpiryNotice.objects.filter(pk__in=claimed)
    if error:
        rows.update(claimed_at=None)
    else:
        rows.update(sent_at=timezone.now())
    result = "failed" if error else "sent" if recipients else "nobody"
    for ending in claimed.values():
        yield Notice(ending, result, recipients, error)


def _claim(client: Client, ending: Ending) -> int | None:
    """Return the pk of the notice that this process is to send, or None."""
    due = next((days for days in DAYS if ending.days_left <= days), None)
    if due is None:
        return None
    credential = "secret_id" if ending.kind == "secret" else "key_id"
    of = {credential: ending.pk, "ends_at": ending.expires_at, "days": due}
    now = timezone.now()
    notice = ExpiryNotice.objects.filter(**of).first()
    if notice is not None:
        is_free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)
        waiting = ExpiryNotice.objects.filter(is_free, pk=notice.pk, sent_at=None)
        return notice.pk if waiting.update(claimed_at=now) else None
    try:
        with our_transaction():
            notice = ExpiryNotice.objects.create(**of, claimed_at=now)
    except IntegrityError:
        return None  # another run was first, or the credential was deleted since
    # Once, also when the mail has to be tried again: its receivers are not the mail's.
    credential_expiring.send_robust(
        sender=ExpiryNotice,
        credential=_CREDENTIALS[ending.kind],
        client_id=client.client_id,
        key_id=ending.key_id,
        expires_at=ending.expires_at,
        days=due,
    )
    return notice.pk
