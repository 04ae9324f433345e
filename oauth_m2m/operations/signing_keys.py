"""Rotate the keys that sign tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import Max
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.keys.signing import REFRESH_SECONDS, create_key, forget_ring
from oauth_m2m.models import Client, ResourceServer, SigningKey
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

__all__ = ["Rotation", "longest_token_lifetime", "rotate_signing_keys"]


@dataclass(frozen=True, slots=True)
class Rotation:
    """
    What a rotation did: *is_new* is False when another one had begun and is not over.

    *retired* are the keys that stop signing when the new one starts.
    """

    key: SigningKey
    is_new: bool
    retired: tuple[SigningKey, ...] = ()


def longest_token_lifetime() -> timedelta:
    """Return the longest life that a signed token may have by setting, client or API."""
    longest = [m2m_settings.ACCESS_TOKEN_LIFETIME]
    for model in (Client, ResourceServer):
        seconds = model.objects.aggregate(longest=Max("token_lifetime"))["longest"]
        longest.append(timedelta(seconds=seconds or 0))
    return max(longest)


def rotate_signing_keys(
    *,
    actor: Actor,
    algorithm: str,
    announce: timedelta,
    retain: timedelta | None = None,
) -> Rotation:
    """
    Make a new key for *algorithm* that signs after *announce*.

    The present ones sign until then, and verify for *retain* longer: unless given, for the
    longest life of a token. A key that is announced and does not sign yet is a rotation in
    progress; it is returned as it is, or signs at once if there is no *announce*: a key that
    leaked must not sign for the rest of a day. Of several processes that rotate at once, one
    does.
    """
    now = timezone.now()
    keys = SigningKey.objects.filter(algorithm=algorithm).order_by("-generation")
    newest = keys.first()
    if newest is not None and newest.activates_at > now:
        if announce:
            return Rotation(newest, is_new=False)
        # No key signs before it was announced: not one either that a server announced whose
        # clock is ahead of ours.
        rotation = _bring_forward(actor, newest, max(now, newest.announced_at), retain)
        forget_ring()
        return rotation
    activates_at = now if newest is None else now + announce
    generation = 1 if newest is None else newest.generation + 1
    try:
        rotation = _rotate(actor, algorithm, generation, activates_at, retain)
    except IntegrityError:
        return Rotation(keys.get(generation=generation), is_new=False)
    forget_ring()
    return rotation


@our_transaction()
def _rotate(
    actor: Actor,
    algorithm: str,
    generation: int,
    activates_at: datetime,
    retain: timedelta | None,
) -> Rotation:
    key = create_key(algorithm, generation, activates_at)
    return _retire(actor, key, retires_at=None, retain=retain)


@our_transaction()
def _bring_forward(
    actor: Actor, key: SigningKey, now: datetime, retain: timedelta | None
) -> Rotation:
    planned = key.activates_at
    waiting = SigningKey.objects.filter(pk=key.pk, activates_at__gt=now)
    if not waiting.update(activates_at=now):
        return Rotation(SigningKey.objects.get(pk=key.pk), is_new=False)  # another was first
    key.activates_at = now
    return _retire(actor, key, retires_at=planned, retain=retain)


def _retire(
    actor: Actor, key: SigningKey, *, retires_at: datetime | None, retain: timedelta | None
) -> Rotation:
    """Let the keys before *key*, which would end at *retires_at*, end when it signs."""
    retired = SigningKey.objects.filter(
        algorithm=key.algorithm, generation__lt=key.generation, retires_at=retires_at
    )
    # Another process signs with the old key until it reads its ring again.
    needed = longest_token_lifetime() + timedelta(seconds=REFRESH_SECONDS)
    kept = needed if retain is None else retain
    ended = tuple(retired)
    retired.update(retires_at=key.activates_at, expires_at=key.activates_at + kept)
    detail = {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "signs_from": key.activates_at.isoformat(),
        "retired": [old.kid for old in ended],
    }
    note("signing_key.rotated", actor, detail=detail)
    return Rotation(key, is_new=True, retired=ended)
