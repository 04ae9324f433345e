"""
The page behind a hand-over link: a button, and once it is pressed the secret, once.

GET changes nothing, since mail scanners and previews open links too; only POST claims. The
token in the address is the whole permission, so there is no sign-in and no CSRF token. A
link that shows no secret is answered the same whatever the reason.
"""

import logging
from typing import Any, Final
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.csrf import csrf_exempt

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import (
    InvalidRequest,
    MethodNotAllowed,
    OAuthError,
    Reason,
    TemporarilyUnavailable,
)
from oauth_m2m.log_events import DATABASE_UNAVAILABLE
from oauth_m2m.networks import client_address
from oauth_m2m.operations.hand_overs import claim_hand_over, open_hand_over
from oauth_m2m.operations.secret_page import secret_page
from oauth_m2m.refusals import record_refusal
from oauth_m2m.views.outside_transactions import outside_transactions

__all__ = ["hand_over"]

METHODS: Final = ("GET", "HEAD", "POST")
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
}
REFUSAL: Final = "hand_over.refused"

logger = logging.getLogger("oauth_m2m.endpoint")


# Under LoginRequiredMiddleware the stranger would be sent to the login page; under
# ATOMIC_REQUESTS Django's own query would fail before we could say that the database is away.
@csrf_exempt
@login_not_required
@outside_transactions
def hand_over(request: HttpRequest, token: str) -> HttpResponse:
    """Show the button, or on POST the secret; else say what to do."""
    try:
        return _answered(request, token)
    except OAuthError as error:
        record_refusal(REFUSAL, error, client_address(request))
        return _refuse(error)
    except (OperationalError, InterfaceError) as error:
        name = type(error).__name__
        logger.error(  # noqa: TRY400 - no trace: it would show the statement's parameters
            "database unavailable: %s", name, extra=DATABASE_UNAVAILABLE(error_type=name)
        )
        away = TemporarilyUnavailable(Reason.DATABASE_AWAY)
        record_refusal(REFUSAL, away, client_address(request), later=True)
        return _refuse(away)


def _answered(request: HttpRequest, token: str) -> HttpResponse:
    if request.method not in METHODS:
        raise MethodNotAllowed(Reason.METHOD_NOT_ALLOWED)
    if m2m_settings.REQUIRE_HTTPS and not request.is_secure():
        raise InvalidRequest(Reason.PLAIN_HTTP)
    if request.method == "POST":
        claimed = claim_hand_over(token, address=client_address(request))
        context = {"client": claimed.client, **secret_page(claimed.client, claimed.secret)}
        return _page("shown", context, 200)
    link = open_hand_over(token)
    context = {"client": link.client, "link": link, "host": urlsplit(m2m_settings.ISSUER).netloc}
    return _page("ask", context, 200)


def _refuse(error: OAuthError) -> HttpResponse:
    response = _page("refused", {"error": error, "error_id": error.error_id}, error.status)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(METHODS)
    elif isinstance(error, TemporarilyUnavailable):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    # Django logs the address of what was refused, and a link that still works is in it.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way
    return response


def _page(name: str, context: dict[str, Any], status: int) -> HttpResponse:
    # Without the request: the project's context processors may ask the database, or the session.
    page = render_to_string(f"oauth_m2m/hand_over/{name}.html", context)
    headers = {**HEADERS, "Content-Security-Policy": _policy()}
    return HttpResponse(page, status=status, headers=headers)


def _policy() -> str:
    # Static files may be on a host of their own.
    parts = urlsplit(static("oauth_m2m/hand_over.css"))
    own = f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else "'self'"
    return (
        f"default-src 'none'; style-src {own}; script-src {own}; img-src data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
