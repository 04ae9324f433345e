"""
Which APIs a token is for.

https://www.rfc-editor.org/rfc/rfc8707#section-2
"""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidTarget, Reason
from oauth_m2m.grants.scopes import DEFAULT_SUFFIX
from oauth_m2m.models import ResourceServer
from oauth_m2m.models.client_lookup import GrantedScope
from oauth_m2m.models.resources import validate_identifier
from oauth_m2m.values import AuthenticatedClient

__all__ = ["asked_resources", "audience_of"]


def asked_resources(
    client: AuthenticatedClient, resources: Iterable[str], scopes: Iterable[str]
) -> tuple[str, ...]:
    """
    Return the resources that a request names, each once.

    A scope such as ``https://api.example.com/.default`` names one too. Raises InvalidTarget
    for what is no absolute URI, and for a resource that the client may not use: one that
    none of its scopes belongs to and that it was not given by itself.
    """
    by_scope = [
        scope.removesuffix(DEFAULT_SUFFIX) for scope in scopes if scope.endswith(DEFAULT_SUFFIX)
    ]
    asked = tuple(dict.fromkeys([*filter(None, resources), *by_scope]))
    for resource in asked:
        try:
            validate_identifier(resource)
        except ValidationError:
            raise _refused(client, Reason.MALFORMED_RESOURCE) from None
    unknown = set(asked) - {scope.resource for scope in client.scopes}
    unknown.discard(m2m_settings.DEFAULT_AUDIENCE)
    if unknown and unknown != _given_by_themselves(client, unknown):
        raise _refused(client, Reason.RESOURCE_NOT_ALLOWED)
    return asked


def audience_of(resources: Sequence[str], scopes: Iterable[GrantedScope]) -> tuple[str, ...]:
    """Return *resources*, or else those that *scopes* belong to, or else DEFAULT_AUDIENCE."""
    by_scope = dict.fromkeys(scope.resource for scope in scopes if scope.resource)
    fallback = filter(None, (m2m_settings.DEFAULT_AUDIENCE,))
    return tuple(resources) or tuple(by_scope) or tuple(fallback)


def _given_by_themselves(client: AuthenticatedClient, identifiers: set[str]) -> set[str]:
    # Asked of the database only by clients that name such a resource.
    given = ResourceServer.objects.filter(allowed_clients=client.pk, identifier__in=identifiers)
    return set(given.values_list("identifier", flat=True))


def _refused(client: AuthenticatedClient, reason: Reason) -> InvalidTarget:
    return InvalidTarget(reason, client_id=client.client_id, client_pk=client.pk)
