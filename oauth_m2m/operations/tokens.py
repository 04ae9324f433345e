"""Revoke tokens, and clear away those that expired."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client, SeenAssertion, TokenFormat
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.tokens.proven import ProvenToken
from oauth_m2m.tokens.revocation import forget_facts
from oauth_m2m.values import Actor

__all__ = [
    "clear_expired",
    "import_tokens",
    "revoke_client_tokens",
    "revoke_proven_token",
    "revoke_token",
]

# SQLite takes at most 32,766 parameters in a statement.
_LARGEST_BATCH: Final = 30_000
_INSERTED_AT_ONCE: Final = 1_000

# How far apart the clocks of the servers may be before a used assertion is forgotten too early.
_CLOCKS_APART: Final = timedelta(minutes=5)


@our_transaction()
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
        row = AccessToken.objects.select_related("client").filter(pk=token.row_pk).first()
        return row is not None and revoke_token(row, actor=actor, reason=reason)
    try:
        _remember_revoked(token, presented, actor, reason)
    except (IntegrityError, Client.DoesNotExist):
        # Another process was first, or the client is gone: this process did not know.
        return False
    finally:
        forget_facts()
    return True


@our_transaction()
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


@our_transaction()
def revoke_client_tokens(client: Client, *, actor: Actor, reason: str = "") -> None:
    """End all tokens that the client has now, in one row, however many they are."""
    now = timezone.now()
    client.tokens_valid_after = now
    client.save(update_fields=["tokens_valid_after"])
    # Issued a moment ago by a server whose clock is ahead of ours. Their end, which is later still,
    # has an index: old tokens of the client are not read, however many they are.
    ahead = AccessToken.objects.for_client(client).filter(issued_at__gt=now, expires_at__gt=now)
    ahead.filter(revoked_at=None).update(revoked_at=now)
    note("client.tokens_revoked", actor, client=client, reason=reason)
    forget_facts()


@our_transaction()
def import_tokens(
    client: Client, tokens: Sequence[AccessToken], *, source: str, actor: Actor
) -> None:
    """
    Store *tokens* that the client got from another server, *source*; none may be here already.

    They are rows without a client, made from what that server kept of them.
    """
    for token in tokens:
        token.client = client
    AccessToken.objects.bulk_create(tokens, batch_size=_INSERTED_AT_ONCE)
    detail = {"tokens": len(tokens), "source": source}
    note("client.tokens_imported", actor, client=client, detail=detail)


def clear_expired(*, before: datetime, batch_size: int) -> Iterator[int]:
    """
    Delete the tokens that expired before *before*, oldest first, and used assertions with them.

    Yields the number deleted after each batch of at most *batch_size* rows, and never more
    than a statement can name. Each batch is a transaction of its own, so no lock is held for
    long and memory stays flat; it may run in several processes at once.
    """
    size = min(batch_size, _LARGEST_BATCH)
    yield from _delete_expired(AccessToken.objects.filter(expires_at__lt=before), size)
    # What stops a replay is of use only while the assertion itself would be accepted, by the
    # server whose clock is the last.
    used = SeenAssertion.objects.filter(expires_at__lt=before - _CLOCKS_APART)
    for _ in _delete_expired(used, size):
        pass


def _delete_expired(expired: QuerySet[Any], size: int) -> Iterator[int]:
    # A range of moments, which every planner finds by their index; it begins where the last one
    # ended, because an index still has entries of rows that are gone. Nothing hangs on these rows,
    # so each delete() is one DELETE.
    left = expired
    while True:
        moments = left.order_by("expires_at").values_list("expires_at", flat=True)
        end = moments[size : size + 1].first()
        if end is None:
            batch = left
        else:
            batch, left = left.filter(expires_at__lt=end), expired.filter(expires_at__gte=end)
        deleted, _ = batch.delete()
        if end is not None and not deleted:
            # More than a batch of them ended at that moment, or another process was first.
            pks = [*left.filter(expires_at=end).values_list("pk", flat=True)[:size]]
            deleted, _ = expired.filter(pk__in=pks).delete()
        if deleted:
            yield deleted
        if end is None:
            return
