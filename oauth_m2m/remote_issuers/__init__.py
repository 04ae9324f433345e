"""What the setting ``REMOTE_ISSUERS`` says of each other server."""

from oauth_m2m.remote_issuers.described import (
    ClaimPath,
    GroupRule,
    IntrospectionEndpoint,
    RemoteIssuer,
)
from oauth_m2m.remote_issuers.parse import remote_issuers

__all__ = [
    "ClaimPath",
    "GroupRule",
    "IntrospectionEndpoint",
    "RemoteIssuer",
    "remote_issuers",
]
