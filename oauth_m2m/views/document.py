"""
What the public documents share: GET, JSON, caching, and a clear answer when they cannot be.

https://www.rfc-editor.org/rfc/rfc8414#section-3.2
"""

import functools
import json
import logging
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition

from oauth_m2m.errors import Reason, TemporarilyUnavailable
from oauth_m2m.hashing import digest_credential
from oauth_m2m.log_events import DATABASE_UNAVAILABLE
from oauth_m2m.views.outside_transactions import outside_transactions

__all__ = ["DocumentMissing", "error_response", "public_document"]

logger = logging.getLogger("oauth_m2m.endpoint")


class DocumentMissing(Exception):
    """The document does not exist here; the text says what is missing."""


def public_document(
    *, max_age_seconds: int
) -> Callable[[Callable[..., dict[str, object]]], Callable[..., HttpResponse]]:
    """
    Make a view of a function that returns the members of a JSON document.

    It takes GET and HEAD, may be cached by anyone, answers a conditional request by 304, and
    may be read by scripts of any origin: nothing in it is secret.
    """

    def decorate(build: Callable[..., dict[str, object]]) -> Callable[..., HttpResponse]:
        # Under LoginRequiredMiddleware a machine would be sent to the login page; under
        # ATOMIC_REQUESTS Django's own query would fail before we could say why.
        @login_not_required
        @outside_transactions
        @functools.wraps(build)
        def view(request: HttpRequest, **arguments: str) -> HttpResponse:
            if request.method not in {"GET", "HEAD"}:
                response = error_response("invalid_request", "Use GET.", 405)
                response.headers["Allow"] = "GET, HEAD"
                return response
            try:
                members = build(request, **arguments)
            except DocumentMissing as missing:
                return error_response("not_found", str(missing), 404)
            except (OperationalError, InterfaceError) as error:
                name = type(error).__name__
                logger.error(  # noqa: TRY400 - as in endpoint
                    "database unavailable: %s", name, extra=DATABASE_UNAVAILABLE(error_type=name)
                )
                return _away()
            # A key set without keys: who kept that would refuse the first token we sign.
            age = max_age_seconds if any(members.values()) else 0
            return _respond(request, json.dumps(members), age)

        return view

    return decorate


def error_response(error: str, description: str, status: int) -> HttpResponse:
    """Return an error as JSON that no cache keeps."""
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _respond(request: HttpRequest, body: str, max_age_seconds: int) -> HttpResponse:
    @condition(etag_func=lambda _request: f'"{digest_credential(body)[:32]}"')
    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(body, content_type="application/json")

    response = answer(request)
    patch_cache_control(response, public=True, max_age=max_age_seconds)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _away() -> HttpResponse:
    unavailable = TemporarilyUnavailable(Reason.DATABASE_AWAY)
    response = error_response(unavailable.error, unavailable.description, unavailable.status)
    response.headers["Retry-After"] = str(unavailable.retry_after_seconds)
    return response
