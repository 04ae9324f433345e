"""
The DRF authentication class.

https://www.rfc-editor.org/rfc/rfc6750#section-2.1
"""

from typing import Any

from django.apps import apps
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from oauth_m2m.errors import InvalidToken, OAuthError, Reason, TemporarilyUnavailable, UseDPoPNonce
from oauth_m2m.resource_server.authenticate import authenticate_request
from oauth_m2m.resource_server.challenge import challenge_for
from oauth_m2m.resource_server.noting import note_refusal
from oauth_m2m.rest_framework.errors import ServiceUnavailable, TokenRefused

_Base: type[BaseAuthentication] = BaseAuthentication
if apps.is_installed("oauth2_provider"):
    # The toolkit's IsAuthenticatedOrTokenHasScope asks for this type: over an unrelated
    # class it takes a machine for a logged-in person and lets it in without the scope.
    from oauth2_provider.contrib.rest_framework import OAuth2Authentication

    _Base = OAuth2Authentication

__all__ = ["MachineTokenAuthentication"]


class MachineTokenAuthentication(_Base):  # type: ignore[misc,valid-type] # chosen at run time
    """
    Accept machine tokens: ``request.user`` is the principal, ``request.auth`` the token.

    A bad token of ours is refused at once. A bearer token that is not ours is left to the
    view's next Bearer authenticator, and refused when there is none.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return ``(principal, VerifiedToken)``, or None if this is not for us."""
        _send_header(request, "Vary", "Authorization")
        try:
            return authenticate_request(request._request)  # noqa: SLF001 - the body must not be parsed before authentication
        except TemporarilyUnavailable as error:
            _send_header(request, "Error-Id", error.error_id)
            raise ServiceUnavailable(error) from None
        except OAuthError as error:
            if _is_foreign(error) and self._another_may_know(request):
                request.unknown_to_us = error  # type: ignore[attr-defined] # for the challenge
                return None
            note_refusal(error, request._request)  # noqa: SLF001 - as above
            if isinstance(error, UseDPoPNonce):
                _send_header(request, "DPoP-Nonce", error.nonce)
            raise TokenRefused(error) from None

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge for a request without a token, or with one that nobody knew."""
        unknown: OAuthError | None = getattr(request, "unknown_to_us", None)
        if unknown is not None:
            note_refusal(unknown, request._request)  # noqa: SLF001 - as above
        return challenge_for(unknown)

    def _another_may_know(self, request: Request) -> bool:
        later = False
        for authenticator in request.authenticators or ():
            if later and _speaks_bearer(authenticator, request):
                return True
            later = later or authenticator is self
        return False


def _send_header(request: Request, name: str, value: str) -> None:
    # DRF adds the headers of its view to every answer, refusals included; a request that was
    # made by hand has no view. Vary: Django's cache would give one machine's answer to another.
    view = (request.parser_context or {}).get("view")
    if view is not None:
        headers = getattr(view, "headers", {})
        before = headers.get(name)
        view.headers = {**headers, name: f"{before}, {value}" if before else value}


def _is_foreign(error: OAuthError) -> bool:
    return isinstance(error, InvalidToken) and error.reason is Reason.FOREIGN_TOKEN


def _speaks_bearer(authenticator: Any, request: Request) -> bool:
    header: str = authenticator.authenticate_header(request) or ""
    return header.lower().startswith("bearer")
