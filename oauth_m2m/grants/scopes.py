"""
Which of a client's scopes a request gets.

https://www.rfc-editor.org/rfc/rfc6749#section-3.3
https://www.rfc-editor.org/rfc/rfc8707#section-2.2
"""

from collections.abc import Iterable, Sequence
from typing import Final

from oauth_m2m.errors import InvalidScope, Reason
from oauth_m2m.models.client_lookup import GrantedScope
from oauth_m2m.values import AuthenticatedClient

__all__ = ["DEFAULT_SUFFIX", "choose_scopes"]

DEFAULT_SUFFIX: Final = "/.default"
"""Entra's habit: a scope that ends so means "my default scopes for that resource"."""


def choose_scopes(
    client: AuthenticatedClient, asked: Iterable[str], resources: Sequence[str]
) -> tuple[GrantedScope, ...]:
    """
    Return the scopes to grant: those asked for, each once, or the client's defaults.

    With *resources*, the defaults are those that mean something there. Raises InvalidScope
    for a scope that the client was not granted, for one of another resource, and when it
    asks for none and has no defaults. Nothing that was asked for is cut down silently.
    """
    granted = {scope.name: scope for scope in client.scopes}
    names = tuple(dict.fromkeys(name for name in asked if not name.endswith(DEFAULT_SUFFIX)))
    if not set(names).issubset(granted):
        raise _refused(client, Reason.SCOPE_NOT_GRANTED)
    if names:
        chosen = tuple(granted[name] for name in names)
        if not all(_belongs(scope, resources) for scope in chosen):
            raise _refused(client, Reason.SCOPE_OF_ANOTHER_RESOURCE)
        return chosen
    chosen = tuple(s for s in client.scopes if s.is_default and _belongs(s, resources))
    if not chosen:
        raise _refused(client, Reason.NO_DEFAULT_SCOPE)
    return chosen


def _belongs(scope: GrantedScope, resources: Sequence[str]) -> bool:
    return not resources or scope.resource is None or scope.resource in resources


def _refused(client: AuthenticatedClient, reason: Reason) -> InvalidScope:
    return InvalidScope(reason, client_id=client.client_id, client_pk=client.pk)
