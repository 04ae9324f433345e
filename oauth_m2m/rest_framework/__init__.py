"""Two lines in an existing DRF API: an authentication class and a permission class."""

from oauth_m2m.resource_server.principal import ClientPrincipal
from oauth_m2m.rest_framework.authentication import MachineTokenAuthentication
from oauth_m2m.rest_framework.permissions import HasScopes, IsMachine, has_scopes
from oauth_m2m.rest_framework.throttling import ClientRateThrottle
from oauth_m2m.values import VerifiedToken

__all__ = [
    "ClientPrincipal",
    "ClientRateThrottle",
    "HasScopes",
    "IsMachine",
    "MachineTokenAuthentication",
    "VerifiedToken",
    "has_scopes",
]
