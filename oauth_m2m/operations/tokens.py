"""Revoke tokens, and clear away those that expired."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client, TokenFormat
from oauth_m2m.operations.auditing import note
from oauth_m2m.tokens.proven import ProvenToken
from oauth_m2m.tokens.revocation import forget_facts
from oauth_m2m.values import Actor

__all__ = ["clear_expired", "revoke_client_tokens", "revoke_proven_token", "revoke_token"]

# SQLite takes at most 32,766 parameters in a statement.
_LARGEST_BATCH: Final = 30_000


@transaction.atomic
def revoke_token(token: AccessToken, *, actor: Actor, reason: str = "") -> bool:
    """End a token now; False if it was revoked already."""
    changed = AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if changed:
        note("token.revoked", actor, client=token.client, reason=reason, detail={"id": token.pk})
    return bool(changed)


def revoke_proven_token(
    token: ProvenToken, presented: str, *, actor: Actor, reason: str = ""
) -> bool:
    """
    End the token that *presented* is; False if it was revoked or had expired already.

    A signed token gets its row now, to be remembered until it would have expired.
    """
    if token.is_revoked or token.expires_at <= timezone.now():
        return False
    if token.row_pk is not None:
        row = AccessToken.objects.select_related("client").get(pk=token.row_pk)
        return revoke_token(row, actor=actor, reason=reason)
    try:
        _remember_revoked(token, presented, actor, reason)
    except IntegrityError:
        return False  # another process was first
    forget_facts()
    return True


@transaction.atomic
def _remember_revoked(token: ProvenToken, presented: str, actor: Actor, reason: str) -> None:
    client = Client.objects.get(pk=token.client.pk)
    row = AccessToken.objects.create(
        token_hash=digest_credential(presented),
        client=client,
        scope=" ".join(token.scopes),
        audience=list(token.audience),
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        revoked_at=timezone.now(),
        jti=token.claims["jti"],
        format=TokenFormat.JWT,
    )
    note("token.revoked", actor, client=client, reason=reason, detail={"id": row.pk})


@transaction.atomic
def revoke_client_tokens(client: Client, *, actor: Actor, reason: str = "") -> None:
    """End all tokens that the client has now, in one row, however many they are."""
    client.tokens_valid_after = timezone.now()
    client.save(update_fields=["tokens_valid_after"])
    note("client.tokens_revoked", actor, client=client, reason=reason)
    forget_facts()


def clear_expired(*, before: datetime, batch_size: int) -> Iterator[int]:
    """
    Delete the tokens that expired before *before*, oldest first.

    Yields the number deleted after each batch of at most *batch_size* rows, and never more
    than a statement can name. Each batch is a statement of its own, so no lock is held for
    long and memory stays flat; it may run in several processes at once.
    """
    size = min(batch_size, _LARGEST_BATCH)
    expired = AccessToken.objects.filter(expires_at__lt=before).order_by("expires_at")
    while pks := list(expired.values_list("pk", flat=True)[:size]):
        # Nothing hangs on a token, so this is one DELETE.
        deleted, _ = AccessToken.objects.filter(pk__in=pks).delete()
        yield deleted
