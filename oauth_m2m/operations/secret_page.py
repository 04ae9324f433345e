"""What a page that shows a new secret says beside it: how to connect, and what is missing."""

import shlex
from typing import Any

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client
from oauth_m2m.operations.connect_kit import connect_kit
from oauth_m2m.operations.connection import Connection, connection_of
from oauth_m2m.values import NewSecret

__all__ = ["secret_page"]


def secret_page(client: Client, secret: NewSecret, base: str = "") -> dict[str, Any]:
    """
    Return what the templates of such pages need; *base* is this site's URL without an ISSUER.

    The kit is None where the token endpoint is not mounted.
    """
    connection = connection_of(client, secret, base)
    return {
        "secret": secret,
        "has_scopes": client.scope_grants.exists(),
        "must_bind": client.requires_dpop
        or client.requires_certificate
        or "fapi2" in {client.profile, m2m_settings.PROFILE},
        "kit": None if connection is None else connect_kit(connection),
        "api_request": None if connection is None else _api_request(connection),
    }


def _api_request(connection: Connection) -> str:
    return shlex.join(["curl", "-H", "Authorization: Bearer ACCESS_TOKEN", connection.api_url])
