"""
Guard plain Django views, sync and async, functions and classes.

https://www.rfc-editor.org/rfc/rfc6750#section-3
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from oauth_m2m import protocol
from oauth_m2m.errors import BearerError, InsufficientScope, OAuthError, TemporarilyUnavailable
from oauth_m2m.resource_server.authenticate import authenticate_request
from oauth_m2m.resource_server.challenge import challenge_for

__all__ = ["refusal", "scopes_required"]

V = TypeVar("V", bound=Callable[..., Any])


def scopes_required(*scopes: str) -> Callable[[V], V]:
    """
    Let only requests through whose token carries all of *scopes*.

    Works on a function view, sync or async, and on a class-based view. Sets
    ``request.user`` to the principal and ``request.auth`` to the VerifiedToken. The view is
    exempt from CSRF checks: no cookie authenticates it.
    """
    _check_names(scopes)

    def decorate(view: V) -> V:
        if isinstance(view, type) and issubclass(view, View):
            return cast("V", method_decorator(scopes_required(*scopes), name="dispatch")(view))
        guarded = _async_guard(view, scopes) if iscoroutinefunction(view) else _guard(view, scopes)
        return cast("V", csrf_exempt(guarded))

    return decorate


def refusal(error: OAuthError | None) -> HttpResponse:
    """Return the answer to *error*, or to a request without a token when it is None."""
    body = {"error": "unauthorized", "error_description": "An access token is required."}
    if error is not None:
        body = {"error": error.error, "error_description": error.description}
    response = JsonResponse(body, status=401 if error is None else error.status)
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, TemporarilyUnavailable):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    else:
        response.headers["WWW-Authenticate"] = challenge_for(error)
    return response


def _check_names(scopes: tuple[str, ...]) -> None:
    # @scopes_required without parentheses would let every token in.
    if not scopes or not all(
        isinstance(s, str) and protocol.SCOPE_TOKEN.fullmatch(s) for s in scopes
    ):
        message = 'scopes_required takes the names of scopes: @scopes_required("orders:read").'
        raise TypeError(message)


def _admit(request: HttpRequest, scopes: tuple[str, ...]) -> HttpResponse | None:
    try:
        authenticated = authenticate_request(request)
        if authenticated is None:
            return refusal(None)
        user, token = authenticated
        if not token.is_valid(scopes):
            raise InsufficientScope(scopes, client_id=token.client_id)
    except (BearerError, TemporarilyUnavailable) as error:
        return refusal(error)
    request.user = user  # type: ignore[assignment] # a principal is not a user row
    request.auth = token  # type: ignore[attr-defined] # the name that DRF gives it
    return None


def _guard(view: Callable[..., Any], scopes: tuple[str, ...]) -> Callable[..., Any]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _admit(request, scopes) or view(request, *args, **kwargs)

    return guarded


def _async_guard(view: Callable[..., Any], scopes: tuple[str, ...]) -> Callable[..., Any]:
    @wraps(view)
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refused = await sync_to_async(_admit)(request, scopes)
        return refused or await view(request, *args, **kwargs)

    return guarded
