"""
Guard the paths of ``PROTECTED_PATHS``, in front of a site whose code stays as it is.

https://www.rfc-editor.org/rfc/rfc6750#section-3
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import MethodNotAllowed, Reason
from oauth_m2m.path_rules import PathRule, rules_for
from oauth_m2m.resource_server.admission import admit, refusal, varied
from oauth_m2m.resource_server.authenticate import proven_token
from oauth_m2m.resource_server.bearer import presents_token
from oauth_m2m.resource_server.noting import note_refusal
from oauth_m2m.values import VerifiedToken

__all__ = ["MachineTokenMiddleware"]

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class MachineTokenMiddleware:
    """
    Let only requests to protected paths through whose token carries the scopes of the path.

    Sets ``request.user`` to the principal and ``request.auth`` to the VerifiedToken; such a
    request is exempt from CSRF checks, since no cookie authenticates it. Requests to other
    paths pass untouched, whatever token they carry: to the views there, a principal would
    be somebody who logged in, and its scopes nothing.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        """Fit in with *get_response*, which may be async."""
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        # gunicorn and uvicorn run no checks. Wrong paths stop the server here, not at its
        # first request.
        _ = m2m_settings.PROTECTED_PATHS

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer *request* here if it is refused, else let it through."""
        rules = rules_for(m2m_settings.PROTECTED_PATHS, request.path_info)
        if not rules:
            return self._get_response(request)
        if self._is_async:
            return self._guard_async(request, rules)
        return varied(_refused(request, rules) or self._get_response(request))

    async def _guard_async(
        self, request: HttpRequest, rules: Sequence[PathRule]
    ) -> HttpResponseBase:
        refused = await sync_to_async(_refused)(request, rules)
        return varied(
            refused or await cast("Awaitable[HttpResponseBase]", self._get_response(request))
        )


def _refused(request: HttpRequest, rules: Sequence[PathRule]) -> HttpResponse | None:
    if all(rule.admits_people for rule in rules) and _is_person(request):
        return None
    scopes: list[str] = []
    refusing: list[PathRule] = []
    for rule in rules:
        required = rule.required(str(request.method))
        if required is None:
            refusing.append(rule)
        else:
            scopes += (scope for scope in required if scope not in scopes)
    refused = admit(request, scopes)
    if refused is None and refusing:
        return _method_not_allowed(request, refusing)
    if refused is None:
        # Django's own switch for its test client, which DRF's SessionAuthentication heeds
        # too. It is thrown for requests with a good token and for no others.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined] # noqa: SLF001 - the one way that needs no change of the view
    return refused


def _is_person(request: HttpRequest) -> bool:
    # Whoever sends a token is judged by it, and does not fall back to a cookie.
    user = None if presents_token(request) else getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _method_not_allowed(request: HttpRequest, refusing: Sequence[PathRule]) -> HttpResponse:
    token = cast("VerifiedToken", proven_token(request))
    error = MethodNotAllowed(
        Reason.METHOD_WITHOUT_SCOPES, client_id=token.client_id, client_pk=token.client_pk
    )
    note_refusal(error, request)
    response = refusal(error)
    allowed = frozenset.intersection(*(rule.methods for rule in refusing))
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response
