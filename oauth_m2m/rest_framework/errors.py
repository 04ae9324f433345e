"""
Our refusals as DRF exceptions that keep their own status and challenge.

DRF gives every AuthenticationFailed the challenge of the view's first authenticator, and
turns it into a 403 when that one has none (SessionAuthentication). A bad token would then
be answered without a Bearer challenge, depending on the order of a list.
"""

from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied

from oauth_m2m.errors import InsufficientScope, OAuthError, TemporarilyUnavailable
from oauth_m2m.resource_server.challenge import challenge_for, status_of

__all__ = ["MissingScope", "ServiceUnavailable", "TokenRefused"]


class TokenRefused(AuthenticationFailed):
    """A bearer token that is malformed (400) or not valid (401)."""

    def __init__(self, error: OAuthError) -> None:
        """Keep *error*'s status and challenge."""
        super().__init__(detail=error.description, code=error.error)
        self._error = error

    # DRF assigns both attributes; ours stay.
    @property
    def status_code(self) -> int:
        """The status of the RFC's error."""
        return status_of(self._error)

    @status_code.setter
    def status_code(self, _value: int) -> None: ...

    @property
    def auth_header(self) -> str:
        """The challenge for the Bearer scheme."""
        return challenge_for(self._error)

    @auth_header.setter
    def auth_header(self, _value: str) -> None: ...


class MissingScope(PermissionDenied):
    """A good token without a scope that the view requires."""

    def __init__(self, error: InsufficientScope) -> None:
        """Name the scopes in the challenge."""
        super().__init__(detail=error.description, code=error.error)
        self.auth_header = challenge_for(error)


class ServiceUnavailable(APIException):
    """The database is away; DRF sends ``wait`` as Retry-After."""

    status_code = TemporarilyUnavailable.status

    def __init__(self, error: TemporarilyUnavailable) -> None:
        """Say when to try again."""
        super().__init__(detail=error.description, code=error.error)
        self.wait = error.retry_after_seconds
