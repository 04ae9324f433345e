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

from oauth_m2m.errors import (
    MethodNotAllowed,
    OAuthError,
    TemporarilyUnavailable,
    UseDPoPNonce,
)
from oauth_m2m.resource_server.authenticate import authenticate_request
from oauth_m2m.resource_server.challenge import challenge_for, status_of
from oauth_m2m.resource_server.noting import note_refusal

__all__ = ["admit", "refusal", "varied"]

R = TypeVar("R")


def admit(request: HttpRequest, scopes: Sequence[str]) -> HttpResponse | None:
    """
    Let *request* in if its token carries all of *scopes*; else return the refusal.

    Who is let in becomes ``request.user`` and ``await request.auser()``; its token is
    ``request.auth``.
    """
    try:
        authenticated = authenticate_request(request)
        if authenticated is None:
            return refusal(None)
        user, token = authenticated
        token.require(scopes)
    except OAuthError as error:
        note_refusal(error, request)
        return refusal(error)
    request.user = user  # type: ignore[assignment] # a principal is not a user row
    # Else an async view would see whom the cookie says.
    request.auser = partial(_return, user)
    request.auth = token  # type: ignore[attr-defined] # the name that DRF gives it
    return None


def refusal(error: OAuthError | None) -> HttpResponse:
    """Return the answer to *error*, or to a request without a token when it is None."""
    body = {"error": "unauthorized", "error_description": "An access token is required."}
    if error is not None:
        body = {
            "error": error.error,
            "error_description": error.description,
            "error_id": error.error_id,
        }
    response = JsonResponse(body, status=401 if error is None else status_of(error))
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, TemporarilyUnavailable):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    elif not isinstance(error, MethodNotAllowed):  # no other token would help
        response.headers["WWW-Authenticate"] = challenge_for(error)
    if isinstance(error, UseDPoPNonce):
        response.headers["DPoP-Nonce"] = error.nonce
    return response


def varied(response: R) -> R:
    """Return *response*, marked as an answer to this token alone."""
    # Django's cache keeps answers to requests with a token like any others, and would give
    # them to whoever comes next. What is no response at all, Django reports by itself.
    if isinstance(response, HttpResponseBase):
        patch_vary_headers(response, ("Authorization",))
    return response


async def _return(user: Any) -> Any:
    return user
