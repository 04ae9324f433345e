"""Register and revoke clients' public keys and certificates."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from oauth_m2m.keys.pasted import PastedKey
from oauth_m2m.models import Client, ClientKey
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

__all__ = ["add_client_keys", "revoke_client_key"]


@our_transaction()
def add_client_keys(
    client: Client,
    keys: Iterable[PastedKey],
    *,
    actor: Actor,
    description: str = "",
    lifetime: timedelta | None = None,
) -> list[ClientKey]:
    """
    Register *keys* for the client, all or none.

    They end after *lifetime*, and a certificate no later than it says itself.

    Raises ValidationError when the client has a key of the same id, or one is over already.
    """
    # One at a time for each client: a form that was sent twice must end in that sentence.
    Client.objects.select_for_update().get(pk=client.pk)
    now = timezone.now()
    ends_at = None if lifetime is None else now + lifetime
    added = []
    for key in keys:
        if client.keys.filter(kid=key.kid).exists():
            message = _("This client has a key with the id %(kid)s already.")
            raise ValidationError(message, code="known_key", params={"kid": key.kid})
        if key.not_after is not None and key.not_after <= now:
            message = _("The certificate %(subject)s has expired.")
            raise ValidationError(
                message, code="expired", params={"subject": key.subject_dn or key.kid}
            )
        row = ClientKey(
            client=client,
            kid=key.kid,
            public_jwk=key.public_jwk,
            certificate=key.certificate,
            sha256_thumbprint=key.sha256_thumbprint,
            subject_dn=key.subject_dn,
            not_before=key.not_before,
            expires_at=_earlier(key.not_after, ends_at),
            description=description,
            created_at=now,
            created_by_id=None if actor.user is None else actor.user.pk,
        )
        row.save(force_insert=True)
        note("client_key.created", actor, client=client, detail={"kid": key.kid})
        added.append(row)
    return added


@our_transaction()
def revoke_client_key(key: ClientKey, *, actor: Actor, reason: str = "") -> bool:
    """End a key now; False if it was revoked already. Tokens it got live on."""
    changed = ClientKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    if changed:
        note("client_key.revoked", actor, client=key.client, reason=reason, detail={"kid": key.kid})
    return bool(changed)


def _earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    return min(filter(None, (first, second)), default=None)
