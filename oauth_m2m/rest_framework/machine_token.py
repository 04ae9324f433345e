"""The machine token of a request, whichever of the view's authenticators was first."""

from django.http import HttpRequest
from rest_framework.request import Request

from oauth_m2m.resource_server.authenticate import proven_token
from oauth_m2m.values import VerifiedToken

__all__ = ["machine_token"]


def machine_token(request: Request | HttpRequest) -> VerifiedToken | None:
    """Return the token that *request* carries and has proved, or None; asks nobody."""
    token = getattr(request, "auth", None)
    if isinstance(token, VerifiedToken):
        return token
    # Behind MachineTokenMiddleware, SessionAuthentication takes the machine for a person who
    # logged in, and drops its token.
    return proven_token(getattr(request, "_request", request))
