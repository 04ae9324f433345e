"""
The first use of a secret that its client proposed, which ends the one before.

Until then nobody knows whether the answer with the new secret ever reached the client.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from oauth_m2m.audit import record_change
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.models.known_clients import forget_clients
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.rotation.ending import Ending, retire

__all__ = ["UNTIL_UNUSED", "confirm_proposal"]

UNTIL_UNUSED = "until_unused"
"""The value of CLIENT_ROTATION by which an old secret works for as long as it is used."""


@our_transaction()
def confirm_proposal(client_pk: int, secret_pk: int, address: str | None) -> None:
    """
    Confirm the proposal that its client proved itself with, if nobody did so yet.

    The secret that it replaces ends after ROTATION_OVERLAP, or once unused for that long, as
    CLIENT_ROTATION says; others of the client go on. A process that comes second does
    nothing.
    """
    client = Client.objects.select_for_update().get(pk=client_pk)
    secrets = ClientSecret.objects.select_for_update()
    proposal = secrets.filter(pk=secret_pk, awaits_use=True).first()
    if proposal is None:
        return
    proposal.awaits_use = False
    proposal.save(update_fields=["awaits_use"])
    detail: dict[str, Any] = {"key_id": proposal.key_id, "old": []}
    old = secrets.active().filter(proposals=proposal).first()
    if old is not None:
        ending = _ending()
        retire(old, ending)
        detail["old"] = [old.key_id]
        detail["old_end_at"] = None if ending.at is None else ending.at.isoformat()
        if ending.once_unused_for is not None:
            detail["old_unused_hours"] = ending.once_unused_for / timedelta(hours=1)
    record_change(
        "secret.confirmed",
        actor_name=client.client_id,
        address=address,
        client=client,
        detail=detail,
    )
    # The old one is known here as a secret that nothing replaces.
    forget_clients()


def _ending() -> Ending:
    now, overlap = timezone.now(), m2m_settings.ROTATION_OVERLAP
    if overlap and m2m_settings.CLIENT_ROTATION == UNTIL_UNUSED:
        return Ending(now, once_unused_for=overlap)
    return Ending(now, at=now + overlap)
