"""Offer a secret by a link, give it to whoever opens the link first, or withdraw the link."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import router
from django.utils import timezone
from django.utils.translation import gettext as _

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import HAND_OVER_PREFIX, generate_token, token_is_well_formed
from oauth_m2m.errors import HandOverRefused, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import Client, ClientSecret, HandOver
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.operations.credentials import ANY, add_secret, newest_key_id, rotate_secret
from oauth_m2m.public_urls import public_url
from oauth_m2m.values import Actor, NewSecret

__all__ = [
    "KEPT_FOR",
    "ClaimedSecret",
    "OfferedLink",
    "SecretTerms",
    "check_links_work",
    "claim_hand_over",
    "clear_hand_overs",
    "find_hand_over",
    "newest_offer",
    "offer_hand_over",
    "open_hand_over",
    "withdraw_hand_over",
]

KEPT_FOR: Final = timedelta(days=30)
"""How long a link that is over stays in sight on its client's page."""

_STRANGER: Final = "hand-over link"
"""Who made a secret, for the audit trail: nobody knows who opened the link."""

_REASONS: Final[Mapping[str, Reason]] = {
    "claimed": Reason.HAND_OVER_CLAIMED,
    "withdrawn": Reason.HAND_OVER_WITHDRAWN,
    "expired": Reason.HAND_OVER_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class SecretTerms:
    """
    What the secret behind a link shall be, as add_secret and rotate_secret take it.

    None for a length of time means the setting's when the link is claimed.
    """

    is_rotation: bool = False
    overlap: timedelta | None = None
    until_unused: timedelta | None = None
    lifetime: timedelta | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class OfferedLink:
    """A link on its way to a person; the only place where its token is."""

    pk: int
    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedSecret:
    """What the first who opens a link gets."""

    client: Client
    secret: NewSecret


def check_links_work() -> None:
    """Raise a ValidationError that says what to do where this server cannot make links."""
    if not m2m_settings.ISSUER:
        # The Host header is the caller's choice: a link would lead wherever he likes.
        message = _(
            "A hand-over link begins with this server's public URL, and OAUTH_M2M has no ISSUER:"
            " set it first."
        )
        raise ValidationError(message, code="no_issuer")
    if public_url("hand_over", token=HAND_OVER_PREFIX) is None:
        message = _(
            "There is no page for hand-over links: this project's URLs do not include the app. Add"
            ' path("", include("oauth_m2m.urls")) to its urlpatterns first.'
        )
        raise ValidationError(message, code="not_mounted")


def newest_offer(client: Client) -> str:
    """Return what tells whether the client got another secret or link since: for a form."""
    newest = client.hand_overs.values_list("pk", flat=True).first() or ""
    return f"{newest_key_id(client)}/{newest}"


@our_transaction()
def offer_hand_over(
    client: Client,
    terms: SecretTerms,
    *,
    actor: Actor,
    link_lifetime: timedelta | None = None,
    expected_newest: str = ANY,
) -> OfferedLink:
    """
    Make a link that gives the client a secret by *terms*, when it is claimed.

    *link_lifetime* None means the setting HAND_OVER_LIFETIME. *expected_newest* is what
    newest_offer() said when the person looked. Raises ValidationError when that changed, and
    where check_links_work() does.
    """
    check_links_work()
    # One at a time for each client: a form that is sent twice makes one link.
    Client.objects.select_for_update().get(pk=client.pk)
    if expected_newest not in {ANY, newest_offer(client)}:
        message = _(
            "This client got a secret or a hand-over link since you opened the page. Nothing was"
            " done; look at them again and decide anew."
        )
        raise ValidationError(message, code="stale")
    now = timezone.now()
    token = generate_token(HAND_OVER_PREFIX)
    lives = m2m_settings.HAND_OVER_LIFETIME if link_lifetime is None else link_lifetime
    row = HandOver.objects.create(
        client=client,
        token_digest=digest_credential(token),
        is_rotation=terms.is_rotation,
        overlap=terms.overlap,
        until_unused=terms.until_unused,
        secret_lifetime=terms.lifetime,
        description=terms.description,
        created_at=now,
        created_by_id=None if actor.user is None else actor.user.pk,
        expires_at=now + lives,
    )
    detail = {
        "id": row.pk,
        "expires_at": row.expires_at.isoformat(),
        "is_rotation": terms.is_rotation,
    }
    note("hand_over.offered", actor, client=client, detail=detail)
    url = public_url("hand_over", token=token)
    assert url is not None  # noqa: S101 - check_links_work() saw to it
    return OfferedLink(row.pk, url, row.expires_at)


def find_hand_over(token: str) -> HandOver | None:
    """Return the link with *token*, whatever its state; what has not the form costs no query."""
    if not token_is_well_formed(token, HAND_OVER_PREFIX):
        return None
    # Not a replica that lags: the link may be a second old, or claimed a second ago.
    links = HandOver.objects.using(router.db_for_write(HandOver)).select_related("client")
    return links.filter(token_digest=digest_credential(token)).first()


def open_hand_over(token: str) -> HandOver:
    """Return the link with *token* if it would show a secret; raise HandOverRefused if not."""
    link = find_hand_over(token)
    if link is None:
        raise HandOverRefused(Reason.HAND_OVER_UNKNOWN)
    if link.state != "waiting":
        raise _refused(link, _REASONS[link.state])
    if not link.client.is_active:
        raise _refused(link, Reason.CLIENT_DISABLED)
    return link


def claim_hand_over(token: str, *, address: str | None) -> ClaimedSecret:
    """
    Make the secret that the link with *token* stands for; *address* is where it goes.

    Of several who claim at once the database lets one through. Raises HandOverRefused, and
    then nothing has changed.
    """
    link = open_hand_over(token)
    with our_transaction():
        waiting = HandOver.objects.waiting().filter(pk=link.pk)
        if not waiting.update(claimed_at=timezone.now(), claimed_from=address):
            raise _refused(link, Reason.HAND_OVER_CLAIMED)
        secret = _make_secret(link, Actor(_STRANGER, address=address))
    return ClaimedSecret(link.client, secret)


@our_transaction()
def withdraw_hand_over(link: HandOver, *, actor: Actor, reason: str = "") -> bool:
    """End a link now; False if it was over already."""
    changed = HandOver.objects.waiting().filter(pk=link.pk).update(withdrawn_at=timezone.now())
    if changed:
        detail = {"id": link.pk}
        note("hand_over.withdrawn", actor, client=link.client, reason=reason, detail=detail)
    return bool(changed)


def clear_hand_overs(*, before: datetime) -> int:
    """Delete the links that were over KEPT_FOR before *before*; return how many."""
    deleted, _by_model = HandOver.objects.filter(expires_at__lt=before - KEPT_FOR).delete()
    return deleted


def _make_secret(link: HandOver, actor: Actor) -> NewSecret:
    client, lifetime, description = link.client, link.secret_lifetime, link.description
    if link.is_rotation:
        secret = rotate_secret(
            client,
            actor=actor,
            overlap=link.overlap,
            until_unused=link.until_unused,
            lifetime=lifetime,
            description=description,
        )
    else:
        secret = add_secret(client, actor=actor, lifetime=lifetime, description=description)
    # Whoever made the link answers for the secret.
    ClientSecret.objects.filter(pk=secret.pk).update(created_by_id=link.created_by_id)
    HandOver.objects.filter(pk=link.pk).update(secret_id=secret.pk)
    detail = {"id": link.pk, "key_id": secret.key_id}
    note("hand_over.claimed", actor, client=client, detail=detail)
    return secret


def _refused(link: HandOver, reason: Reason) -> HandOverRefused:
    return HandOverRefused(reason, client_id=link.client.client_id, client_pk=link.client.pk)
