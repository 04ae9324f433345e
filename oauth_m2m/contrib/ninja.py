"""
django-ninja: an auth class for machine tokens, and an API that answers with their challenges.

https://www.rfc-editor.org/rfc/rfc6750#section-3
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from oauth_m2m.contrib.openapi import add_scopes, described_scopes, security_scheme
from oauth_m2m.errors import InvalidToken, OAuthError, Reason
from oauth_m2m.resource_server.admission import let_in
from oauth_m2m.resource_server.challenge import refusal_headers, status_of
from oauth_m2m.resource_server.noting import note_refusal
from oauth_m2m.resource_server.scope_names import scope_names
from oauth_m2m.values import VerifiedToken

__all__ = ["MachineAPI", "MachineToken"]


class MachineToken:
    """
    Let only machines through whose token carries all of *scopes*.

    For ``auth=`` of an operation, a router or an API, sync and async. ``request.auth`` is the
    VerifiedToken, ``request.user`` the principal. A request without a token, or with one that
    is not ours, is left to the next auth of the list.
    """

    def __init__(self, *scopes: str) -> None:
        """Require *scopes*."""
        self.scopes = scope_names(scopes, 'MachineToken("orders:read")')

    def __call__(self, request: HttpRequest) -> VerifiedToken | None:
        """Return the token, or None if this is not for us; refuse a bad one at once."""
        request.unknown_to_us = None  # type: ignore[attr-defined] # for the challenge
        try:
            return let_in(request, self.scopes)
        except OAuthError as error:
            if isinstance(error, InvalidToken) and error.reason is Reason.FOREIGN_TOKEN:
                request.unknown_to_us = error  # type: ignore[attr-defined] # as above
                return None
            note_refusal(error, request)
            raise TokenRefused(error) from None

    @property
    def openapi_security_schema(self) -> dict[str, Any]:
        """The security scheme, with the scopes that are required here."""
        # Asked when the document is written, since the URLs are not known before.
        return security_scheme(scopes=self.scopes)


class TokenRefused(HttpError):
    """A refusal that ninja answers with its own body and our status, in any API."""

    def __init__(self, error: OAuthError) -> None:
        """Keep *error* for its headers."""
        super().__init__(status_of(error), error.description)
        self.error = error


class MachineAPI(NinjaAPI):
    """
    A NinjaAPI whose refusals carry our challenges, and whose document names all scopes.

    Put it before a subclass of NinjaAPI of your own: ``class API(MachineAPI, YourAPI)``.
    """

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Answer as ever, and add the challenge where a machine was asked for."""
        response = super().on_exception(request, exc)
        headers = {}
        if isinstance(exc, TokenRefused):
            headers = refusal_headers(exc.error)
        elif isinstance(exc, AuthenticationError) and hasattr(request, "unknown_to_us"):
            if request.unknown_to_us is not None:
                note_refusal(request.unknown_to_us, request)
            headers = refusal_headers(request.unknown_to_us)
        for name, value in headers.items():
            response.headers[name] = value
        return response

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Return the document; each operation names the scopes that it requires."""
        if path_prefix is None:
            path_prefix = self.get_root_path(path_params or {})
        return _Document(self, path_prefix)


class _Document(OpenAPISchema):
    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        self._required: dict[str, set[str]] = {}
        super().__init__(api, path_prefix)

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        requirements = super().operation_security(operation)
        described = (a for a in operation.auth_callbacks if hasattr(a, "openapi_security_schema"))
        for auth, requirement in zip(described, requirements or (), strict=True):
            if isinstance(auth, MachineToken):
                (name,) = requirement
                requirement[name] = list(auth.scopes)
                self._required.setdefault(name, set()).update(auth.scopes)
        return requirements

    def get_components(self) -> dict[str, Any]:
        # Last: ninja keeps of a scheme what the last operation said, its own scopes alone.
        for name, scopes in self._required.items():
            scheme = security_scheme(scopes=scopes)
            add_scopes(scheme, described_scopes())
            self.securitySchemes[name] = scheme
        return super().get_components()
