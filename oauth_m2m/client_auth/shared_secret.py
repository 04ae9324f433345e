"""
Prove a client by its secret: what ``client_secret_basic`` and ``client_secret_post`` share.

An unknown client costs what a wrong secret costs: the same statement, one SHA-256 and one
comparison, so that nobody can list our clients with a stopwatch.
"""

from typing import Final

from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.client_auth.standing import admit
from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import key_id_of
from oauth_m2m.errors import InvalidClient, Reason
from oauth_m2m.hashing import digest_credential, same_digest
from oauth_m2m.models.client_lookup import SecretRecord, find_client
from oauth_m2m.values import AuthenticatedClient

__all__ = ["prove_secret"]

# Compared when there is no row: no secret has this digest.
_NO_DIGEST: Final = "0" * 64


def prove_secret(
    client_id: str, presented_secret: str, *, method: str, address: str | None
) -> AuthenticatedClient:
    """
    Return the client if the secret is one of its own and works now.

    Raises InvalidClient; what cannot be an id or a secret of ours costs no query.
    """
    if not protocol.CLIENT_ID.fullmatch(client_id):
        raise InvalidClient(Reason.MALFORMED_CLIENT_ID, client_id=client_id)
    key_id = key_id_of(presented_secret, m2m_settings.SECRET_PREFIX)
    if key_id is None:
        raise InvalidClient(Reason.MALFORMED_SECRET, client_id=client_id)
    client = find_client(client_id, key_id)
    secret = None if client is None else client.secret
    is_right = same_digest(
        digest_credential(presented_secret), _NO_DIGEST if secret is None else secret.digest
    )
    if client is None:
        raise InvalidClient(Reason.UNKNOWN_CLIENT, client_id=client_id)
    reason = _refusal(secret, is_right=is_right)
    if secret is None or reason is not None:
        raise InvalidClient(
            reason or Reason.UNKNOWN_SECRET, client_id=client_id, client_pk=client.pk
        )
    return admit(client, method=method, address=address, secret_pk=secret.pk)


def _refusal(secret: SecretRecord | None, *, is_right: bool) -> Reason | None:
    if secret is None:
        return Reason.UNKNOWN_SECRET
    is_over = secret.expires_at is not None and secret.expires_at <= timezone.now()
    refusals = (
        (not is_right, Reason.WRONG_SECRET),
        (secret.revoked_at is not None, Reason.SECRET_REVOKED),
        (is_over, Reason.SECRET_EXPIRED),
    )
    return next((reason for applies, reason in refusals if applies), None)
