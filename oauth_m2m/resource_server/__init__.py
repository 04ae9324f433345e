"""May this request in? The accepting side, without DRF and without the issuing side."""

from oauth_m2m.resource_server.authenticate import authenticate_request
from oauth_m2m.resource_server.decorators import scopes_required
from oauth_m2m.resource_server.middleware import MachineTokenMiddleware
from oauth_m2m.resource_server.principal import ClientPrincipal

__all__ = [
    "ClientPrincipal",
    "MachineTokenMiddleware",
    "authenticate_request",
    "scopes_required",
]
