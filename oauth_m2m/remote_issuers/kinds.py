"""
The servers that are known by name.

They write the same facts under different names. A kind is nothing but keys that could be
written out; those of the entry itself go first.

https://www.rfc-editor.org/rfc/rfc9068#section-2
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from oauth_m2m import protocol
from oauth_m2m.remote_issuers.described import CLIENT

__all__ = ["DEFAULT_KIND", "KEYS_WITHOUT_KIND", "KINDS"]

DEFAULT_KIND: Final = "oauth_m2m"

KINDS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        # RFC 9068: also any other server that keeps to it.
        "oauth_m2m": {
            "token_types": [protocol.ACCESS_TOKEN_TYPE],
            "client_claims": ["client_id"],
            "scope_claims": ["scope"],
            "subject": CLIENT,
        },
        # "client_id" is there for service accounts only; people's tokens have just "azp". The
        # header is that of an ID token, which differs by its claim "typ".
        "keycloak": {
            "token_types": ["JWT"],
            "client_claims": ["client_id"],
            "scope_claims": ["scope"],
            "required_claims": {"typ": ["Bearer", "DPoP"]},
        },
        # Both of its token profiles.
        "auth0": {
            "algorithms": [protocol.RS256],
            "token_types": ["JWT", protocol.ACCESS_TOKEN_TYPE],
            "client_claims": ["azp", "client_id"],
            "scope_claims": ["scope", "permissions"],
            "subject": f"{CLIENT}@clients",
        },
        # Versions 2 and 1. A token of a person always has "scp", and may have roles too.
        "entra": {
            "algorithms": [protocol.RS256],
            "token_types": ["JWT"],
            "client_claims": ["azp", "appid"],
            "scope_claims": ["roles"],
            "required_claims": {"scp": None},
        },
    }
)

KEYS_WITHOUT_KIND: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "jwks_uri": "",
        "algorithms": protocol.ASYMMETRIC_ALGORITHMS,
        "required_claims": {},
        "subject": "",
        "groups": (),
        "introspection_url": "",
        "client_id": "",
        "client_secret": "",
        "client_secret_file": "",
        "token_prefix": "",
        # As long as a revoked token of our own may go on (REVOCATION_REFRESH_SECONDS).
        "cache_seconds": 5,
    }
)
