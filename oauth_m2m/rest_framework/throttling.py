"""A DRF throttle that counts calls of a client against the client's own limit."""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from oauth_m2m.hashing import digest_credential
from oauth_m2m.values import VerifiedToken

__all__ = ["ClientRateThrottle"]


class ClientRateThrottle(SimpleRateThrottle):
    """
    Let each client make as many calls as its ``rate_limit`` says.

    A client without a limit gets the rate of ``DEFAULT_THROTTLE_RATES["client"]``, and no
    limit if there is none. Requests without a machine token are not counted here.
    """

    scope = "client"

    def get_rate(self) -> str | None:
        """Return the project's default rate, or None."""
        rates = self.THROTTLE_RATES or {}
        rate: str | None = rates.get(self.scope)
        return rate

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether the client is within its limit."""
        if isinstance(request.auth, VerifiedToken) and request.auth.rate_limit:
            self.rate = request.auth.rate_limit
            self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: APIView) -> str | None:  # noqa: ARG002 - DRF's signature
        """Return the client's own bucket; None for everybody else."""
        if not isinstance(request.auth, VerifiedToken):
            return None
        # A digest: an imported client id may be longer than a cache key, or have spaces.
        return f"throttle_m2m_{digest_credential(request.auth.client_id)}"
