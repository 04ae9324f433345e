"""
Which APIs a token is for.

https://www.rfc-editor.org/rfc/rfc8707#section-2
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidTarget, Reason
from oauth_m2m.grants.scopes import DEFAULT_SUFFIX
from oauth_m2m.models import ResourceServer
from oauth_m2m.models.client_lookup import GrantedScope
from oauth_m2m.models.resources import validate_identifier
from oauth_m2m.values import AuthenticatedClient

__all__ = ["Resource", "asked_resources", "audience_of"]


@dataclass(frozen=True, slots=True)
class Resource:
    """An API that a token may be for, and what it says of its tokens; the lifetime in seconds."""

    identifier: str
    token_format: str = ""
    token_lifetime: int | None = None


def asked_resources(
    client: AuthenticatedClient, resources: Iterable[str], scopes: Iterable[str]
) -> tuple[Resource, ...]:
    """
    Return the resources that a request names, each once.

    A scope such as ``https://api.example.com/.default`` names one too. Raises InvalidTarget
    for what is no absolute URI, and for a resource that the client may not use: one that
    none of its scopes belongs to and that it was not given by itself.
    """
    by_scope = [
        scope.removesuffix(DEFAULT_SUFFIX) for scope in scopes if scope.endswith(DEFAULT_SUFFIX)
    ]
    asked = dict.fromkeys([*filter(None, resources), *by_scope])
    if not asked:
        return ()
    for resource in asked:
        try:
            validate_identifier(resource)
        except ValidationError:
            raise _refused(client, Reason.MALFORMED_RESOURCE) from None
    allowed = _default_audience(client) | _of_scopes(client.scopes)
    if not asked.keys() <= allowed.keys():
        allowed |= _given_by_themselves(client, asked.keys() - allowed.keys())
    if not asked.keys() <= allowed.keys():
        raise _refused(client, Reason.RESOURCE_NOT_ALLOWED)
    return tuple(allowed[resource] for resource in asked)


def audience_of(
    client: AuthenticatedClient, asked: Sequence[Resource], scopes: Iterable[GrantedScope]
) -> tuple[Resource, ...]:
    """Return what was *asked* for, or else the resources of *scopes*, or else DEFAULT_AUDIENCE."""
    return (
        tuple(asked)
        or tuple(_of_scopes(scopes).values())
        or tuple(_default_audience(client).values())
    )


def _of_scopes(scopes: Iterable[GrantedScope]) -> dict[str, Resource]:
    return {
        scope.resource: Resource(scope.resource, scope.token_format or "", scope.token_lifetime)
        for scope in scopes
        if scope.resource
    }


def _default_audience(client: AuthenticatedClient) -> dict[str, Resource]:
    default = m2m_settings.DEFAULT_AUDIENCE
    if not default:
        return {}
    return {default: _of_scopes(client.scopes).get(default, Resource(default))}


def _given_by_themselves(
    client: AuthenticatedClient, identifiers: Iterable[str]
) -> dict[str, Resource]:
    # Asked of the database only by clients that name such a resource.
    given = ResourceServer.objects.filter(
        allowed_clients=client.pk, identifier__in=list(identifiers)
    )
    rows = given.values_list("identifier", "token_format", "token_lifetime")
    return {row[0]: Resource(*row) for row in rows}


def _refused(client: AuthenticatedClient, reason: Reason) -> InvalidTarget:
    return InvalidTarget(reason, client_id=client.client_id, client_pk=client.pk)
