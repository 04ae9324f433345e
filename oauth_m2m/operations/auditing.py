"""Write an actor's change to the audit trail: what every operation ends with."""

from collections.abc import Mapping
from typing import Any

from oauth_m2m.audit import record_change
from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.models import Client
from oauth_m2m.models.known_clients import forget_clients
from oauth_m2m.tokens.known_tokens import forget_tokens
from oauth_m2m.values import Actor

__all__ = ["note"]


def note(
    kind: str,
    actor: Actor,
    *,
    client: Client | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record that *actor* did *kind*; a secret that was pasted into the reason is redacted."""
    record_change(
        kind,
        actor_name=actor.name,
        actor=actor.user,
        address=actor.address,
        client=client,
        reason=redact_credentials(reason),
        detail=detail,
    )
    # Other processes believe what they know for the seconds that the settings say.
    forget_clients()
    forget_tokens()
