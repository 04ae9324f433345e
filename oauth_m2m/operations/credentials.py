"""Add, rotate and revoke client secrets."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import generate_secret, imported_key_id
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.rotation.ending import Ending, retire
from oauth_m2m.values import Actor, NewSecret

__all__ = [
    "ANY",
    "add_secret",
    "create_secret",
    "import_secret",
    "lock_client",
    "newest_key_id",
    "revoke_secret",
    "rotate_secret",
]

ANY = "*"
"""For *expected_newest*: whatever the newest secret is."""


def newest_key_id(client: Client) -> str:
    """Return the key id of the client's newest secret, or "" if it has none."""
    newest = client.secrets.order_by("-created_at", "-pk").values_list("key_id", flat=True).first()
    return newest or ""


@our_transaction()
def add_secret(
    client: Client,
    *,
    actor: Actor,
    lifetime: timedelta | None = None,
    description: str = "",
    expected_newest: str = ANY,
) -> NewSecret:
    """
    Give the client one more secret; those it has go on as they are.

    *lifetime* None means the setting SECRET_LIFETIME. *expected_newest* is what
    newest_key_id() said when the person looked: if it changed since, a ValidationError is
    raised and nothing happens. A form sent twice thus makes one secret.
    """
    _lock(client, expected_newest)
    secret = create_secret(client, actor, lifetime=lifetime, description=description)
    note("secret.created", actor, client=client, detail=_detail(secret))
    return secret


@our_transaction()
def import_secret(
    client: Client, *, digest: str, algorithm: str, source: str, actor: Actor
) -> ClientSecret:
    """
    Give the client the secret that it has at another server, *source*; it lives for ever.

    *digest* is its SHA-256, or with the algorithm DJANGO a password hash of Django's, which
    becomes a SHA-256 when the secret is first used. A client imports one secret only.
    """
    secret = ClientSecret.objects.create(
        client=client,
        key_id=imported_key_id(client.client_id),
        digest=digest,
        algorithm=algorithm,
        description=f"imported from {source}",
        created_by_id=None if actor.user is None else actor.user.pk,
    )
    detail = {"key_id": secret.key_id, "source": source}
    note("secret.imported", actor, client=client, detail=detail)
    return secret


@our_transaction()
def rotate_secret(  # noqa: PLR0913 - each is one choice of the person who rotates, by name
    client: Client,
    *,
    actor: Actor,
    overlap: timedelta | None = None,
    until_unused: timedelta | None = None,
    lifetime: timedelta | None = None,
    revoke_old: bool = False,
    description: str = "",
    expected_newest: str = ANY,
) -> NewSecret:
    """
    Give the client a new secret and let its old ones end after *overlap*.

    With *until_unused* they end once nobody has used them for that long, and after *overlap*
    at the latest if that is given too. *overlap* None means the setting ROTATION_OVERLAP
    where *until_unused* says nothing. A secret that would end sooner keeps its date. With
    *revoke_old* the old ones stop now. The rest as in add_secret.
    """
    _lock(client, expected_newest)
    now = timezone.now()
    # Locked: a use that is being written must not be lost.
    rows = ClientSecret.objects.select_for_update()
    old = list(rows.active(now).for_client(client).order_by("key_id"))
    ending = _ending(now, overlap, until_unused, revoke_old=revoke_old)
    for row in old:
        retire(row, ending)
    secret = create_secret(client, actor, lifetime=lifetime, description=description)
    detail = {
        **_detail(secret),
        "old": [row.key_id for row in old],
        "old_end_at": _text(ending.at),
    }
    if ending.once_unused_for is not None:
        detail["old_unused_hours"] = ending.once_unused_for / timedelta(hours=1)
    note("secret.rotated", actor, client=client, detail=detail)
    return secret


@our_transaction()
def revoke_secret(secret: ClientSecret, *, actor: Actor, reason: str = "") -> bool:
    """
    End a secret now, and what was proposed with it; False if it was revoked already.

    Tokens it got live on.
    """
    changed = ClientSecret.objects.filter(pk=secret.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if changed:
        detail = {"key_id": secret.key_id}
        note("secret.revoked", actor, client=secret.client, reason=reason, detail=detail)
        for proposal in secret.proposals.filter(awaits_use=True):
            # Whoever stole the one may have proposed the other.
            revoke_secret(proposal, actor=actor, reason=reason)
    return bool(changed)


def _ending(
    now: datetime,
    overlap: timedelta | None,
    until_unused: timedelta | None,
    *,
    revoke_old: bool,
) -> Ending:
    if overlap is None and until_unused is None:
        overlap = m2m_settings.ROTATION_OVERLAP
    if revoke_old or overlap == timedelta(0):
        return Ending(now, at=now)
    return Ending(now, None if overlap is None else now + overlap, until_unused)


def lock_client(pk: int) -> Client:
    """
    Return the client, and let nobody else change its secrets until the transaction ends.

    Two who rotate at once would each leave the other's new secret to expire.
    """
    return Client.objects.select_for_update().get(pk=pk)


def _lock(client: Client, expected_newest: str) -> None:
    lock_client(client.pk)
    if expected_newest not in {ANY, newest_key_id(client)}:
        raise ValidationError(
            _(
                "The secrets of this client were changed since you opened the page. Nothing was"
                " done; look at them again and decide anew."
            ),
            code="stale",
        )


def create_secret(
    client: Client,
    actor: Actor,
    *,
    lifetime: timedelta | None,
    description: str,
    replaces: ClientSecret | None = None,
) -> NewSecret:
    """
    Make a secret, for an operation that holds the client's lock and audits.

    With *replaces* it is a proposal in the place of that one.
    """
    now = timezone.now()
    lifetime = m2m_settings.SECRET_LIFETIME if lifetime is None else lifetime
    expires_at = None if lifetime is None else now + lifetime
    clear_secret, key_id = generate_secret(m2m_settings.SECRET_PREFIX)
    row = ClientSecret.objects.create(
        client=client,
        key_id=key_id,
        digest=digest_credential(clear_secret),
        hint=clear_secret[-4:],
        description=description,
        created_at=now,
        created_by_id=None if actor.user is None else actor.user.pk,
        expires_at=expires_at,
        replaces=replaces,
        awaits_use=replaces is not None,
    )
    return NewSecret(row.pk, key_id, clear_secret, expires_at)


def _detail(secret: NewSecret) -> dict[str, Any]:
    return {"key_id": secret.key_id, "expires_at": _text(secret.expires_at)}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
