"""A client replaces its own secret: it proposes a new one, whose first use confirms it."""

from oauth_m2m.errors import Reason, UnauthorizedClient
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.operations.credentials import create_secret, lock_client
from oauth_m2m.values import Actor, AuthenticatedClient, NewSecret

__all__ = ["propose_secret"]


@our_transaction()
def propose_secret(proven: AuthenticatedClient, *, actor: Actor) -> NewSecret:
    """
    Give the client a new secret in the place of the one that it proved itself with.

    That one goes on as it is until the new one is used. A proposal that was not used yet is
    replaced, so there is one at most for each secret. Raises UnauthorizedClient for a client
    that has proven itself otherwise, and for a secret that is being replaced already: whoever
    stole an old one must not live on by it.
    """
    client = lock_client(proven.pk)
    # By now somebody may have revoked it, or rotated.
    working = client.secrets.active()
    present = next((secret for secret in working if secret.pk == proven.secret_pk), None)
    if present is None:
        raise _refused(proven, Reason.NO_SECRET_TO_ROTATE)
    if present.is_retiring:
        raise _refused(proven, Reason.SECRET_RETIRING)
    present.proposals.filter(awaits_use=True).delete()
    secret = create_secret(
        client, actor, lifetime=None, description=present.description, replaces=present
    )
    detail = {
        "key_id": secret.key_id,
        "expires_at": None if secret.expires_at is None else secret.expires_at.isoformat(),
        "old": [present.key_id],
    }
    note("secret.proposed", actor, client=client, detail=detail)
    return secret


def _refused(proven: AuthenticatedClient, reason: Reason) -> UnauthorizedClient:
    return UnauthorizedClient(reason, client_id=proven.client_id, client_pk=proven.pk)
