"""What an endpoint answers with when all went well."""

from dataclasses import dataclass, field

__all__ = ["EndpointAnswer"]


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """A body, and what it is; it may hold a token, so its repr does not show it."""

    body: str = field(repr=False)
    content_type: str = "application/json"
