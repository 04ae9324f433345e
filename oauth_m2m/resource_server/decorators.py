"""
Guard plain Django views, sync and async, functions and classes.

https://www.rfc-editor.org/rfc/rfc6750#section-3
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from oauth_m2m.resource_server.admission import admit, varied
from oauth_m2m.resource_server.scope_names import scope_names

__all__ = ["scopes_required"]

V = TypeVar("V", bound=Callable[..., Any])


def scopes_required(*scopes: str) -> Callable[[V], V]:
    """
    Let only requests through whose token carries all of *scopes*.

    Works on function views and class-based views, sync and async. Sets ``request.user`` to
    the principal and ``request.auth`` to the VerifiedToken. The view is exempt from CSRF
    checks and from LoginRequiredMiddleware: no cookie authenticates it.
    """
    # @scopes_required without parentheses would let every token in.
    scope_names(scopes, '@scopes_required("orders:read")')

    def decorate(view: V) -> V:
        if isinstance(view, type) and issubclass(view, View):
            guarded = _method_guard(view.dispatch, scopes)
            view.dispatch = _without_cookies(guarded)  # type: ignore[method-assign] # as method_decorator does
            return cast("V", view)
        guarded = _async_guard(view, scopes) if iscoroutinefunction(view) else _guard(view, scopes)
        return cast("V", _without_cookies(guarded))

    return decorate


def _without_cookies(guarded: Callable[..., Any]) -> Callable[..., Any]:
    return csrf_exempt(login_not_required(guarded))


def _guard(view: Callable[..., Any], scopes: tuple[str, ...]) -> Callable[..., Any]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return varied(admit(request, scopes) or view(request, *args, **kwargs))

    return guarded


def _async_guard(view: Callable[..., Any], scopes: tuple[str, ...]) -> Callable[..., Any]:
    @wraps(view)
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refused = await sync_to_async(admit)(request, scopes)
        return varied(refused or await view(request, *args, **kwargs))

    return guarded


def _method_guard(dispatch: Callable[..., Any], scopes: tuple[str, ...]) -> Callable[..., Any]:
    @wraps(dispatch)
    def guarded(self: View, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # Asked at the call, since a subclass may be async; its dispatch is a plain function
        # all the same, and a query in it would meet the running event loop.
        guard = _async_guard if self.view_is_async else _guard
        return guard(partial(dispatch, self), scopes)(request, *args, **kwargs)

    return guarded
