"""
The client-credentials grant: the client asks for itself.

https://www.rfc-editor.org/rfc/rfc6749#section-4.4
"""

from collections.abc import Sequence
from datetime import timedelta

from oauth_m2m.conf import m2m_settings
from oauth_m2m.grants.audiences import Resource, asked_resources, audience_of
from oauth_m2m.grants.scopes import choose_scopes
from oauth_m2m.values import AuthenticatedClient, Grant

__all__ = ["decide"]


def decide(client: AuthenticatedClient, asked: Sequence[str], resources: Sequence[str]) -> Grant:
    """
    Return what *client* gets for the scopes and resources it *asked* for.

    Raises InvalidScope or InvalidTarget.
    """
    targets = asked_resources(client, resources, asked)
    scopes = choose_scopes(client, asked, [target.identifier for target in targets])
    audience = audience_of(client, targets, scopes)
    return Grant(
        client_pk=client.pk,
        client_id=client.client_id,
        secret_pk=client.secret_pk,
        scopes=tuple(scope.name for scope in scopes),
        audience=tuple(resource.identifier for resource in audience),
        token_format=_format(client, audience),
        lifetime=_lifetime(client, audience),
    )


def _format(client: AuthenticatedClient, audience: Sequence[Resource]) -> str:
    # The client first, then its APIs; where two of them differ, the setting decides.
    by_resource = {resource.token_format for resource in audience if resource.token_format}
    agreed = by_resource.pop() if len(by_resource) == 1 else ""
    return client.token_format or agreed or m2m_settings.TOKEN_FORMAT


def _lifetime(client: AuthenticatedClient, audience: Sequence[Resource]) -> timedelta:
    # Of several APIs, the most cautious one.
    shortest = min((api.token_lifetime for api in audience if api.token_lifetime), default=None)
    if client.token_lifetime is not None:
        return client.token_lifetime
    return m2m_settings.ACCESS_TOKEN_LIFETIME if shortest is None else timedelta(seconds=shortest)
