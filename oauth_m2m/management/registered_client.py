"""What m2m_create_client prints of the client that it registered."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.management.first_request import first_request
from oauth_m2m.management.hand_over_links import link_as_data, link_as_lines
from oauth_m2m.management.typed_values import as_json, as_text
from oauth_m2m.models import Client, ResourceServer, Scope
from oauth_m2m.operations.client_readiness import what_is_missing
from oauth_m2m.operations.endpoints import token_url
from oauth_m2m.operations.hand_overs import OfferedLink
from oauth_m2m.values import NewSecret

__all__ = ["as_data", "as_lines"]

_NO_SCOPES: Final = "It has no scopes yet, so it gets no tokens: grant it one in the admin."


def as_data(
    client: Client, scopes: Mapping[Scope, bool], given: NewSecret | OfferedLink | None
) -> dict[str, Any]:
    """Return what programs read; *given* is its secret, or a link to it, or neither."""
    lifetime = m2m_settings.ACCESS_TOKEN_LIFETIME.total_seconds()
    return {
        "client_id": client.client_id,
        **_given_as_data(given),
        "name": client.name,
        "scopes": [scope.name for scope in scopes],
        "default_scopes": [scope.name for scope, is_default in scopes.items() if is_default],
        "auth_methods": client.auth_methods,
        "keys": sorted(client.keys.values_list("kid", flat=True)),
        "token_format": client.token_format or m2m_settings.TOKEN_FORMAT,
        "token_lifetime": client.token_lifetime or int(lifetime),
        "resources": _identifiers(client.resource_servers.all()),
        "token_url": token_url(),
    }


def as_lines(
    client: Client, scopes: Mapping[Scope, bool], given: NewSecret | OfferedLink | None
) -> Iterator[str]:
    """Yield what people read."""
    default = [scope.name for scope, is_default in scopes.items() if is_default]
    optional = [scope.name for scope, is_default in scopes.items() if not is_default]
    yield f'Registered the client "{client.name}" with the id {client.client_id}.'
    yield f"Scopes by default: {' '.join(default) or 'none'}"
    yield f"Scopes when asked for: {' '.join(optional) or 'none'}"
    for kid in client.keys.order_by("kid").values_list("kid", flat=True):
        yield f"Key: {kid}"
    for meaning, servers in (
        ("APIs that it may name besides", client.resource_servers),
        ("APIs whose tokens it may ask about", client.introspects),
    ):
        if identifiers := _identifiers(servers.all()):
            yield f"{meaning}: {' '.join(identifiers)}"
    yield ""
    if not {*protocol.SECRET_METHODS}.intersection(client.auth_methods):
        yield f"It has no secret: it proves itself by {' or '.join(client.auth_methods)}."
        yield from what_is_missing(client)
        return
    if given is None:
        yield "It has no secret yet. Make one:"
        yield ""
        yield f"  python manage.py m2m_rotate_secret {client.client_id}"
        return
    if isinstance(given, OfferedLink):
        # The page behind the link says how to get a token.
        yield from link_as_lines(given)
        yield from () if scopes else ("", _NO_SCOPES)
        return
    yield "Its secret. This is the only time that it is shown; keep it in a safe place."
    yield f"Key id {given.key_id}; expires: {as_text(given.expires_at)}."
    yield ""
    yield given.clear_secret
    yield ""
    if scopes:
        scope = "" if default else optional[0]
        yield from first_request(client.client_id, client.auth_methods, scope, token_url())
    else:
        yield _NO_SCOPES


def _given_as_data(given: NewSecret | OfferedLink | None) -> dict[str, Any]:
    if isinstance(given, OfferedLink):
        return link_as_data(given)
    return {
        "client_secret": None if given is None else given.clear_secret,
        "key_id": None if given is None else given.key_id,
        "secret_expires_at": None if given is None else as_json(given.expires_at),
    }


def _identifiers(servers: Iterable[ResourceServer]) -> list[str]:
    return sorted(server.identifier for server in servers)
