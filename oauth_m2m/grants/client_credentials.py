"""
The client-credentials grant: the client asks for itself.

https://www.rfc-editor.org/rfc/rfc6749#section-4.4
"""

from collections.abc import Iterable

from oauth_m2m.conf import m2m_settings
from oauth_m2m.grants.scopes import choose_scopes
from oauth_m2m.values import AuthenticatedClient, Grant

__all__ = ["decide"]


def decide(client: AuthenticatedClient, asked: Iterable[str]) -> Grant:
    """Return what *client* gets for the scopes it *asked* for, or raise InvalidScope."""
    return Grant(
        client_pk=client.pk,
        client_id=client.client_id,
        secret_pk=client.secret_pk,
        scopes=choose_scopes(client, asked),
        lifetime=client.token_lifetime or m2m_settings.ACCESS_TOKEN_LIFETIME,
    )
