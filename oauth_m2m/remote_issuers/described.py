"""Another server, as its entry of ``REMOTE_ISSUERS`` describes it."""

from dataclasses import dataclass, field
from typing import Final

__all__ = ["CLIENT", "ClaimPath", "GroupRule", "IntrospectionEndpoint", "RemoteIssuer"]

ClaimPath = tuple[str, ...]
"""Where a claim stands: its name, or the names on the way into nested objects."""

CLIENT: Final = "{client}"
"""What stands for the client's id in the key ``subject``."""


@dataclass(frozen=True, slots=True)
class GroupRule:
    """Which clients get *groups*: all that meet every condition that is there."""

    groups: tuple[str, ...]
    clients: tuple[str, ...] | None
    claim: ClaimPath | None
    value: str


@dataclass(frozen=True, slots=True)
class IntrospectionEndpoint:
    """Where to ask about a token, and who we are there."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    client_secret_file: str
    token_prefix: str
    cache_seconds: float


@dataclass(frozen=True, slots=True)
class RemoteIssuer:
    """Another server, and how its tokens are read."""

    issuer: str
    audiences: tuple[str, ...]
    jwks_uri: str
    introspection: IntrospectionEndpoint | None
    algorithms: tuple[str, ...]
    token_types: tuple[str, ...]
    client_claims: tuple[ClaimPath, ...]
    scope_claims: tuple[ClaimPath, ...]
    required_claims: tuple[tuple[str, tuple[str, ...] | None], ...]
    subject: str
    group_rules: tuple[GroupRule, ...]

    def subject_of(self, client: str) -> str | None:
        """Return what ``sub`` must be when *client* speaks for itself; None: it may be anything."""
        return self.subject.replace(CLIENT, client) or None
