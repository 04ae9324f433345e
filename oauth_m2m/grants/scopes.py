"""
Which of a client's scopes a request gets.

https://www.rfc-editor.org/rfc/rfc6749#section-3.3
"""

from collections.abc import Iterable

from oauth_m2m.errors import InvalidScope, Reason
from oauth_m2m.values import AuthenticatedClient

__all__ = ["choose_scopes"]


def choose_scopes(client: AuthenticatedClient, asked: Iterable[str]) -> tuple[str, ...]:
    """
    Return the scopes to grant: those asked for, each once, or the client's defaults.

    Raises InvalidScope for a scope that the client was not granted, and when it asks for
    none and has no defaults. Nothing is cut down silently.
    """
    wanted = tuple(dict.fromkeys(asked)) or client.default_scopes
    if not wanted:
        raise InvalidScope(Reason.NO_DEFAULT_SCOPE, client_id=client.client_id, client_pk=client.pk)
    if not set(wanted).issubset(client.scopes):
        raise InvalidScope(
            Reason.SCOPE_NOT_GRANTED, client_id=client.client_id, client_pk=client.pk
        )
    return wanted
