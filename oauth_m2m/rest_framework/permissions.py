"""
DRF permission classes for machines.

``required_scopes`` of a view is a list, or a dict keyed by ViewSet action or HTTP method.
A view that does not say it for a request refuses every machine, however it is composed.
A request passes if, and only if, it carries a token with all of the scopes; people who
logged in by session carry none, and are let in by saying so:
``HasScopes | (~IsMachine & IsAuthenticated)``.
"""

import logging
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from oauth_m2m import protocol
from oauth_m2m.log_events import SCOPES_FORGOTTEN
from oauth_m2m.resource_server.scope_names import scope_names
from oauth_m2m.rest_framework.machine_token import machine_token
from oauth_m2m.rest_framework.missing_scopes import name_missing_scopes

__all__ = ["HasScopes", "IsMachine", "has_scopes"]

logger = logging.getLogger("oauth_m2m.rest_framework")


class IsMachine(BasePermission):
    """The request carries a machine token, whatever its scopes."""

    def has_permission(self, request: Request | HttpRequest, view: APIView) -> bool:  # noqa: ARG002 - DRF's signature
        """Whether a machine calls."""
        return machine_token(request) is not None

    def has_object_permission(
        self,
        request: Request | HttpRequest,
        view: APIView,
        obj: Any,  # noqa: ARG002 - DRF's signature
    ) -> bool:
        """Whether a machine calls; DRF's yes to every object would make ``~IsMachine`` a no."""
        return self.has_permission(request, view)


class HasScopes(IsMachine):
    """The request carries a machine token with the scopes that the view requires."""

    def has_permission(self, request: Request | HttpRequest, view: APIView) -> bool:
        """
        Whether the token has the scopes.

        If the view then refuses because of that, it does so with a 403 that names the missing
        scope (RFC 6750 section 3.1). Raises PermissionDenied where the view does not say
        which scopes it requires.
        """
        # First: people's requests and CORS preflights say nothing about a forgotten scope.
        token = machine_token(request)
        if token is None:
            return False
        required = self.get_required_scopes(request, view)
        if required is None:
            name, action = type(view).__name__, getattr(view, "action", None) or request.method
            logger.error(
                "%s does not say required_scopes for %s: refused",
                name,
                action,
                extra=SCOPES_FORGOTTEN(view=name, action=action),
            )
            # Not False, which "~HasScopes" or "HasScopes | Other" would make a yes.
            raise PermissionDenied
        if token.is_valid(required):
            return True
        name_missing_scopes(view, _lacking, token)
        return False

    def get_required_scopes(
        self, request: Request | HttpRequest, view: APIView
    ) -> tuple[str, ...] | None:
        """Return the scopes that *view* requires of *request*, or None if it does not say."""
        declared: Any = getattr(view, "required_scopes", None)
        if isinstance(declared, Mapping):
            declared = _of_request(declared, request, view)
        return _as_names(declared)


def has_scopes(*scopes: str) -> type[HasScopes]:
    """Return a permission class that requires all of *scopes*, whatever the view says."""
    scope_names(scopes, 'has_scopes("orders:read")')

    class HasTheseScopes(HasScopes):
        def get_required_scopes(
            self,
            request: Request | HttpRequest,  # noqa: ARG002 - the view has no say here
            view: APIView,  # noqa: ARG002 - as above
        ) -> tuple[str, ...] | None:
            return scopes

    return HasTheseScopes


def _lacking(permission: Any, request: Request, view: APIView) -> tuple[str, ...] | None:
    """Return the scopes that *permission* requires and the token lacks; None if it has no say."""
    token = machine_token(request)
    if not isinstance(permission, HasScopes) or token is None:
        return None
    required = permission.get_required_scopes(request, view) or ()
    return () if token.is_valid(required) else required


def _of_request(declared: Mapping[str, Any], request: Request | HttpRequest, view: APIView) -> Any:
    # Django answers HEAD with what the view does for GET.
    methods = ("HEAD", "GET") if request.method == "HEAD" else (str(request.method),)
    keys = (getattr(view, "action", None), *methods, *(method.lower() for method in methods))
    return next((declared[key] for key in keys if key in declared), None)


def _as_names(declared: object) -> tuple[str, ...] | None:
    # An empty list is not "any token will do": that is IsMachine. What is no name of a scope is
    # a mistake that no token satisfies, and could not be quoted in a challenge.
    names = declared.split() if isinstance(declared, str) else declared
    if not isinstance(names, list | tuple | set | frozenset) or not names:
        return None
    if not all(isinstance(name, str) and protocol.SCOPE_TOKEN.fullmatch(name) for name in names):
        return None
    return tuple(names)
