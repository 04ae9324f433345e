"""
Prove a client by its secret: what ``client_secret_basic`` and ``client_secret_post`` share.

An unknown client costs what a wrong secret costs: the same statement, one SHA-256 and one
comparison, so that nobody can list our clients with a stopwatch. Only a secret that was
imported as a password hash takes longer, until its first use.
"""

from typing import Final

from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.client_auth.standing import admit
from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import imported_key_id, key_id_of
from oauth_m2m.errors import InvalidClient, Reason
from oauth_m2m.hashing import DJANGO, digest_credential, is_hash_of, same_digest
from oauth_m2m.models.client_lookup import SecretRecord, WantedScopes
from oauth_m2m.models.credentials import replace_digest
from oauth_m2m.models.known_clients import known_client
from oauth_m2m.values import AuthenticatedClient

__all__ = ["prove_secret"]

# Compared when there is no row: no secret has this digest.
_NO_DIGEST: Final = "0" * 64


def prove_secret(
    client_id: str,
    presented_secret: str,
    *,
    method: str,
    address: str | None,
    wanted: WantedScopes = None,
) -> AuthenticatedClient:
    """
    Return the client if the secret is one of its own and works now.

    It comes with the scopes that are *wanted*. Raises InvalidClient; what cannot be an id or
    a secret costs no query.
    """
    if not protocol.CLIENT_ID.fullmatch(client_id):
        raise InvalidClient(Reason.MALFORMED_CLIENT_ID, client_id=client_id)
    key_id = _key_id(client_id, presented_secret)
    if key_id is None:
        raise InvalidClient(Reason.MALFORMED_SECRET, client_id=client_id)
    client = known_client(client_id, key_id, wanted=wanted)
    secret = None if client is None else client.secret
    digest = digest_credential(presented_secret)
    is_right = same_digest(digest, _NO_DIGEST if secret is None else secret.digest)
    if client is None:
        raise InvalidClient(Reason.UNKNOWN_CLIENT, client_id=client_id)
    if secret is None:
        is_ours = key_id != imported_key_id(client_id)
        reason = Reason.UNKNOWN_SECRET if is_ours else Reason.MALFORMED_SECRET
        raise InvalidClient(reason, client_id=client_id, client_pk=client.pk)
    refusal = _end_of(secret)
    if secret.algorithm == DJANGO:
        # One that has ended is not worth the work: whoever knows a client id could make us do
        # it for ever.
        is_right = refusal is not None or is_hash_of(presented_secret, secret.digest)
    if not is_right:
        refusal = Reason.WRONG_SECRET
    if refusal is not None:
        raise InvalidClient(refusal, client_id=client_id, client_pk=client.pk)
    proven = admit(
        client,
        method=method,
        address=address,
        secret_pk=secret.pk,
        is_secret_retiring=secret.retiring_since is not None,
        is_secret_proposed=secret.awaits_use,
    )
    if secret.algorithm == DJANGO:
        replace_digest(secret.pk, slow=secret.digest, fast=digest)
    return proven


def _key_id(client_id: str, presented_secret: str) -> str | None:
    prefix = m2m_settings.SECRET_PREFIX
    if presented_secret.startswith(prefix):
        return key_id_of(presented_secret, prefix)
    is_possible = protocol.FOREIGN_SECRET.fullmatch(presented_secret) is not None
    return imported_key_id(client_id) if is_possible else None


def _end_of(secret: SecretRecord) -> Reason | None:
    if secret.revoked_at is not None:
        return Reason.SECRET_REVOKED
    if secret.expires_at is None or secret.expires_at > timezone.now():
        return None
    # Only a use would have moved its end on; at the latest end it is over, used or not.
    is_unused = secret.unused_limit is not None and secret.expires_at != secret.latest_end_at
    return Reason.SECRET_UNUSED if is_unused else Reason.SECRET_EXPIRED
