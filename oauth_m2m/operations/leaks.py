"""Recognise secrets, tokens and links that were found where they should not be, and end them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import HAND_OVER_PREFIX, key_id_of, token_is_well_formed
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.hashing import digest_credential, same_digest
from oauth_m2m.keys.strict_jwt import claimed_issuer
from oauth_m2m.models import AuditEvent, Client, ClientSecret, HandOver
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.operations.credentials import revoke_secret
from oauth_m2m.operations.hand_overs import find_hand_over, withdraw_hand_over
from oauth_m2m.operations.tokens import revoke_client_tokens, revoke_proven_token
from oauth_m2m.signals import credential_leaked
from oauth_m2m.tokens import prove_token
from oauth_m2m.tokens.proven import ProvenToken, judge
from oauth_m2m.values import Actor

__all__ = ["UNKNOWN", "FoundCredential", "find_credential", "report_leak"]

SECRET: Final = "client_secret"  # noqa: S105 - the name of a kind
OPAQUE: Final = "access_token"
SIGNED: Final = "signed_token"
LINK: Final = "hand_over_link"

ACTIVE: Final = "active"
UNKNOWN: Final = "unknown"

LEAKED: Final = "leaked"
"""What the audit trail gives as the reason."""

_ENDS: Final[Mapping[Reason, str]] = {
    Reason.TOKEN_REVOKED: "revoked",
    Reason.TOKEN_EXPIRED: "expired",
}

_LINK_STATES: Final[Mapping[str, str]] = {"waiting": ACTIVE, "withdrawn": "revoked"}


@dataclass(frozen=True, slots=True)
class FoundCredential:
    """
    A text that has the form of a secret, token or link of ours, checksum included.

    *state* is ``active``, ``expired``, ``revoked``, ``claimed`` for a link that was opened, or
    ``unknown`` for what another server made, or this one no longer has. That its client is
    disabled changes nothing: it may be enabled again.
    """

    credential: str
    presented: str = field(repr=False)
    state: str = UNKNOWN
    client_id: str = ""
    client_name: str = ""
    key_id: str = ""
    secret: ClientSecret | None = field(default=None, repr=False)
    token: ProvenToken | None = field(default=None, repr=False)
    link: HandOver | None = field(default=None, repr=False)

    @property
    def works(self) -> bool:
        """Whether whoever found it can use it."""
        return self.state == ACTIVE

    @property
    def is_known(self) -> bool:
        """Whether this server made it."""
        return self.state != UNKNOWN

    @property
    def last_four(self) -> str:
        """Its last four characters, by which people tell it from others."""
        return self.presented[-4:]


def find_credential(presented: str) -> FoundCredential | None:
    """
    Return what *presented* is; None if it has not the form of a credential of ours.

    A signed token has it if it claims to be from our issuer. What has not the form, or a
    wrong checksum, costs no query.
    """
    key_id = key_id_of(presented, m2m_settings.SECRET_PREFIX)
    if key_id is not None:
        return _found_secret(presented, key_id)
    if token_is_well_formed(presented, m2m_settings.TOKEN_PREFIX):
        return _found_token(presented, OPAQUE)
    if token_is_well_formed(presented, HAND_OVER_PREFIX):
        return _found_link(presented)
    issuer = m2m_settings.ISSUER
    if issuer and claimed_issuer(presented) == issuer:
        return _found_token(presented, SIGNED)
    return None


def report_leak(
    found: FoundCredential, *, revoke: bool, actor: Actor, source: str, url: str = ""
) -> bool:
    """
    Note that *found* is known to strangers, tell the listeners, and end it if *revoke* says so.

    A secret takes all tokens of its client with it: a thief may have got some. Only what
    works is noted, and once for each *source* and *url*, so a report that comes again does
    nothing. True if it was ended now.
    """
    if not found.works:
        return False
    with our_transaction():
        is_news = _note_once(found, actor, source, url)
        ended = revoke and _end(found, actor)
    if is_news or ended:
        # Robust: a mail server that is away must not keep the other leaks of a report open.
        credential_leaked.send_robust(
            sender=Client,
            credential=found.credential,
            client_id=found.client_id,
            key_id=found.key_id,
            last_four=found.last_four,
            source=source,
            url=url,
            revoked=ended,
        )
    return ended


def _found_secret(presented: str, key_id: str) -> FoundCredential:
    row = ClientSecret.objects.filter(key_id=key_id).select_related("client").first()
    # The key id alone proves nothing: it is shown to people, and a checksum is soon made. Else
    # anybody could have the secrets of others ended.
    if row is None or not same_digest(digest_credential(presented), row.digest):
        return FoundCredential(SECRET, presented, key_id=key_id)
    client = row.client
    return FoundCredential(
        SECRET, presented, row.state, client.client_id, client.name, key_id, secret=row
    )


def _found_token(presented: str, credential: str) -> FoundCredential:
    try:
        token = prove_token(presented)
    except InvalidToken:
        return FoundCredential(credential, presented)
    client = token.client
    return FoundCredential(
        credential,
        presented,
        _state(token),
        client.client_id,
        client.name,
        token=token,
    )


def _found_link(presented: str) -> FoundCredential:
    link = find_hand_over(presented)
    if link is None:
        return FoundCredential(LINK, presented)
    client, state = link.client, _LINK_STATES.get(link.state, link.state)
    return FoundCredential(LINK, presented, state, client.client_id, client.name, link=link)


def _state(token: ProvenToken) -> str:
    try:
        judge(token)
    except InvalidToken as refused:
        return _ENDS.get(refused.reason, ACTIVE)
    return ACTIVE


def _note_once(found: FoundCredential, actor: Actor, source: str, url: str) -> bool:
    detail = {
        "credential": found.credential,
        "key_id": found.key_id,
        "last_four": found.last_four,
        "source": source,
        "url": url,
    }
    client = Client.objects.filter(client_id=found.client_id).first()
    known = AuditEvent.objects.filter(client=client, kind="credential.leaked", detail=detail)
    if known.exists():
        return False
    note("credential.leaked", actor, client=client, reason=LEAKED, detail=detail)
    return True


def _end(found: FoundCredential, actor: Actor) -> bool:
    if found.token is not None:
        return revoke_proven_token(found.token, found.presented, actor=actor, reason=LEAKED)
    if found.link is not None:
        return withdraw_hand_over(found.link, actor=actor, reason=LEAKED)
    secret = found.secret
    if secret is None or not revoke_secret(secret, actor=actor, reason=LEAKED):
        return False
    revoke_client_tokens(secret.client, actor=actor, reason=LEAKED)
    return True
