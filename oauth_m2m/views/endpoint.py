"""
What every OAuth endpoint does around its own work: the edge where errors become answers.

https://www.rfc-editor.org/rfc/rfc6749#section-5.2
"""

import functools
import json
import logging
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from oauth_m2m.client_auth.attempts import check_attempts, record_failure
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import (
    InvalidClient,
    InvalidRequest,
    MethodNotAllowed,
    OAuthError,
    Reason,
    TemporarilyUnavailable,
    TooManyRequests,
    UseDPoPNonce,
)
from oauth_m2m.log_events import DATABASE_UNAVAILABLE
from oauth_m2m.models import UsageCount
from oauth_m2m.networks import client_address
from oauth_m2m.refusals import record_refusal
from oauth_m2m.tokens.presented_certificate import CertificateRefused, presented_certificate
from oauth_m2m.usage import record_use
from oauth_m2m.views.answer import EndpointAnswer
from oauth_m2m.views.outside_transactions import outside_transactions

__all__ = ["guarded_endpoint", "oauth_endpoint"]

logger = logging.getLogger("oauth_m2m.endpoint")


def oauth_endpoint(
    refusal_kind: str,
) -> Callable[[Callable[[EndpointRequest], EndpointAnswer]], Callable[[HttpRequest], HttpResponse]]:
    """
    Make a view, as guarded_endpoint does, of a function that takes a form of OAuth.

    Whoever fails to authenticate too often is refused before anything is looked up.
    """

    def decorate(
        answer: Callable[[EndpointRequest], EndpointAnswer],
    ) -> Callable[[HttpRequest], HttpResponse]:
        @guarded_endpoint(refusal_kind)
        @functools.wraps(answer)
        def view(request: HttpRequest) -> EndpointAnswer:
            return _answered(EndpointRequest.read(request), answer)

        return view

    return decorate


def guarded_endpoint(
    refusal_kind: str,
) -> Callable[[Callable[[HttpRequest], EndpointAnswer]], Callable[[HttpRequest], HttpResponse]]:
    """
    Make a view of a function that takes a request and returns an answer.

    The view takes POST only, refuses plain http where it must, and answers every refusal
    as JSON with the status and headers of its RFC. Refusals are audited as *refusal_kind*.
    """

    def decorate(
        answer: Callable[[HttpRequest], EndpointAnswer],
    ) -> Callable[[HttpRequest], HttpResponse]:
        # One statement needs no transaction, and a refusal's audit line must survive.
        # Under LoginRequiredMiddleware a machine would be sent to the login page.
        @csrf_exempt
        @login_not_required
        @outside_transactions
        @functools.wraps(answer)
        def view(request: HttpRequest) -> HttpResponse:
            try:
                answered = _checked(request, answer, refusal_kind)
            except OAuthError as error:
                return _refuse(error)
            return _respond(answered, 200)

        return view

    return decorate


def _checked(
    request: HttpRequest, answer: Callable[[HttpRequest], EndpointAnswer], refusal_kind: str
) -> EndpointAnswer:
    try:
        try:
            _check_transport(request)
            return answer(request)
        except OAuthError as error:
            _note_refusal(refusal_kind, error, request)
            raise
    except (OperationalError, InterfaceError, IntegrityError) as error:
        # IntegrityError: the client was deleted after it was found; the next request sees it.
        name = type(error).__name__
        logger.error(  # noqa: TRY400 - no trace: it would show the statement's parameters
            "database unavailable: %s", name, extra=DATABASE_UNAVAILABLE(error_type=name)
        )
        away = TemporarilyUnavailable(Reason.DATABASE_AWAY)
        record_refusal(refusal_kind, away, client_address(request), later=True)
        raise away from None


def _answered(
    request: EndpointRequest, answer: Callable[[EndpointRequest], EndpointAnswer]
) -> EndpointAnswer:
    check_attempts(request)
    try:
        _check_certificate(request)
        return answer(request)
    except InvalidClient:
        record_failure(request)
        raise


def _check_transport(request: HttpRequest) -> None:
    if request.method != "POST":
        raise MethodNotAllowed(Reason.METHOD_NOT_ALLOWED)
    if m2m_settings.REQUIRE_HTTPS and not request.is_secure():
        raise InvalidRequest(Reason.PLAIN_HTTP)


def _check_certificate(request: EndpointRequest) -> None:
    # Whatever the caller authenticates with: a forged header is an attack all the same.
    try:
        presented_certificate(request.http)
    except CertificateRefused as refused:
        client_id = request.parameters.get("client_id", "")
        raise InvalidClient(refused.reason, client_id=client_id) from None


def _note_refusal(kind: str, error: OAuthError, request: HttpRequest) -> None:
    is_throttled = isinstance(error, TooManyRequests)
    use = UsageCount.Kind.THROTTLED if is_throttled else UsageCount.Kind.REFUSAL
    record_use(use, error.client_pk)
    record_refusal(kind, error, client_address(request))


def _refuse(error: OAuthError) -> HttpResponse:
    body = {"error": error.error, "error_description": error.description}
    body["error_id"] = error.error_id
    response = _respond(EndpointAnswer(json.dumps(body)), error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="oauth", charset="UTF-8"'
    elif isinstance(error, UseDPoPNonce):
        response.headers["DPoP-Nonce"] = error.nonce
    elif isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = "POST"
    elif isinstance(error, TemporarilyUnavailable):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _respond(answer: EndpointAnswer, status: int) -> HttpResponse:
    # Section 5.1: no-store wherever a token or another secret may be; on errors too, so
    # that no cache ever learns which clients exist.
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return HttpResponse(
        answer.body, status=status, content_type=answer.content_type, headers=headers
    )
