"""
Admit a request to plain Django code, or say why not: one door for decorator and middleware.

https://www.rfc-editor.org/rfc/rfc6750#section-3
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from oauth_m2m.errors import OAuthError
from oauth_m2m.resource_server.authenticate import authenticate_request
from oauth_m2m.resource_server.challenge import refusal_headers, status_of
from oauth_m2m.resource_server.noting import note_refusal
from oauth_m2m.values import VerifiedToken

__all__ = ["admit", "let_in", "refusal", "varied"]

R = TypeVar("R")


def admit(request: HttpRequest, scopes: Sequence[str]) -> HttpResponse | None:
    """Let *request* in if its token carries all of *scopes*; else return the refusal."""
    try:
        return refusal(None) if let_in(request, scopes) is None else None
    except OAuthError as error:
        note_refusal(error, request)
        return refusal(error)


def let_in(request: HttpRequest, scopes: Sequence[str]) -> VerifiedToken | None:
    """
    Let *request* in if its token carries all of *scopes*; None if it sends no token.

    Who is let in becomes ``request.user`` and ``await request.auser()``; its token is
    ``request.auth``. Raises what authenticate_request raises, and InsufficientScope.
    """
    authenticated = authenticate_request(request)
    if authenticated is None:
        return None
    user, token = authenticated
    token.require(scopes)
    request.user = user  # type: ignore[assignment] # a principal is not a user row
    # Else an async view would see whom the cookie says.
    request.auser = partial(_return, user)
    request.auth = token  # type: ignore[attr-defined] # the name that DRF gives it
    return token


def refusal(error: OAuthError | None) -> HttpResponse:
    """Return the answer to *error*, or to a request without a token when it is None."""
    body = {"error": "unauthorized", "error_description": "An access token is required."}
    if error is not None:
        body = {
            "error": error.error,
            "error_description": error.description,
            "error_id": error.error_id,
        }
    status = 401 if error is None else status_of(error)
    return JsonResponse(body, status=status, headers=refusal_headers(error))


def varied(response: R) -> R:
    """Return *response*, marked as an answer to this token alone."""
    # Django's cache keeps answers to requests with a token like any others, and would give
    # them to whoever comes next. What is no response at all, Django reports by itself.
    if isinstance(response, HttpResponseBase):
        patch_vary_headers(response, ("Authorization",))
    return response


async def _return(user: Any) -> Any:
    return user
