"""
The client-credentials grant: the client asks for itself.

https://www.rfc-editor.org/rfc/rfc6749#section-4.4
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidRequest, Reason
from oauth_m2m.grants.audiences import Resource, asked_resources, audience_of
from oauth_m2m.grants.scopes import choose_scopes
from oauth_m2m.values import AuthenticatedClient, Grant

__all__ = ["STRICT_LIFETIME", "decide"]

STRICT_LIFETIME: Final = timedelta(minutes=10)
"""The longest life of a token under the strict profile."""


def decide(
    client: AuthenticatedClient,
    asked: Sequence[str],
    resources: Sequence[str],
    confirmation: Mapping[str, str] | None,
) -> Grant:
    """
    Return what *client* gets for the scopes and resources it *asked* for.

    *confirmation* is what the request proved a token could be bound to. Raises InvalidScope,
    InvalidTarget, or InvalidRequest when the client must bind its tokens and did not.
    """
    _check_binding(client, confirmation)
    targets = asked_resources(client, resources, asked)
    scopes = choose_scopes(client, asked, [target.identifier for target in targets])
    audience = audience_of(client, targets, scopes)
    return Grant(
        client_pk=client.pk,
        client_id=client.client_id,
        secret_pk=client.secret_pk,
        key_pk=client.key_pk,
        scopes=tuple(scope.name for scope in scopes),
        audience=tuple(resource.identifier for resource in audience),
        token_format=_format(client, audience),
        lifetime=_lifetime(client, audience),
        confirmation=confirmation,
        auth_method=client.method,
    )


def _check_binding(client: AuthenticatedClient, confirmation: Mapping[str, str] | None) -> None:
    bound_by = set(confirmation or ())
    missing = (
        (client.requires_dpop and "jkt" not in bound_by)
        or (client.requires_certificate and "x5t#S256" not in bound_by)
        or (client.is_strict and not bound_by)
    )
    if missing:
        raise InvalidRequest(
            Reason.BINDING_REQUIRED, client_id=client.client_id, client_pk=client.pk
        )


def _format(client: AuthenticatedClient, audience: Sequence[Resource]) -> str:
    # The client first, then its APIs; where two of them differ, the setting decides.
    by_resource = {resource.token_format for resource in audience if resource.token_format}
    agreed = by_resource.pop() if len(by_resource) == 1 else ""
    return client.token_format or agreed or m2m_settings.TOKEN_FORMAT


def _lifetime(client: AuthenticatedClient, audience: Sequence[Resource]) -> timedelta:
    # Of several APIs, the most cautious one.
    shortest = min((api.token_lifetime for api in audience if api.token_lifetime), default=None)
    by_resource = None if shortest is None else timedelta(seconds=shortest)
    lifetime = client.token_lifetime or by_resource or m2m_settings.ACCESS_TOKEN_LIFETIME
    return min(lifetime, STRICT_LIFETIME) if client.is_strict else lifetime
