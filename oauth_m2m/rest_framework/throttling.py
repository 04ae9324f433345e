"""
A DRF throttle that counts the calls of a client, in all processes together.

https://www.django-rest-framework.org/api-guide/throttling/
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from oauth_m2m.rates import Rate, parse_rate
from oauth_m2m.resource_server.call_limits import count_call
from oauth_m2m.rest_framework.machine_token import machine_token
from oauth_m2m.values import VerifiedToken

__all__ = ["ClientRateThrottle"]


class ClientRateThrottle(SimpleRateThrottle):
    """
    Let each client make as many calls as its ``rate_limit`` says.

    A client without a limit gets the rate of ``DEFAULT_THROTTLE_RATES["client"]``, and no
    limit if there is none. A view with a ``throttle_scope`` has the rate of that name too,
    for each client. A subclass with another ``scope`` has that one's rate only. Requests
    without a machine token are not counted here.
    """

    scope = "client"
    THROTTLE_RATES: dict[
        str, str | None
    ] = {}  # DRF's would be those of the moment when this file was imported

    def __init__(self) -> None:
        """Decide nothing: the rate depends on the client."""
        self._retry_after_seconds: int | None = None

    def get_rate(self) -> str | None:
        """Return the project's rate for this throttle, or None."""
        own: str | None = getattr(self, "rate", None)
        return own or self._rate_of(self.scope)

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether the client is within its limits; the answer's headers say how far."""
        token = machine_token(request)
        if token is None:
            return True
        call = count_call(token, self._limits(token, view), request._request)  # noqa: SLF001 - as Django sees it
        for name, value in call.headers.items():
            said = view.headers.get(name)
            view.headers[name] = f"{said}, {value}" if said else value
        self._retry_after_seconds = call.retry_after_seconds
        return call.retry_after_seconds is None

    def wait(self) -> int | None:
        """Return the seconds until the next window, for Retry-After."""
        return self._retry_after_seconds

    def _limits(self, token: VerifiedToken, view: APIView) -> Iterator[tuple[str, Rate]]:
        # The narrow one first: a call that it refuses is not taken from the other.
        of_view = getattr(view, "throttle_scope", None)
        if of_view and of_view != self.scope:
            yield from self._limit(of_view, self._rate_of(of_view))
        if token.rate_limit and self.scope == ClientRateThrottle.scope:
            yield self.scope, parse_rate(token.rate_limit)
        else:
            yield from self._limit(self.scope, self.get_rate())

    def _limit(self, name: str, rate: str | None) -> Iterator[tuple[str, Rate]]:
        # By DRF's grammar, as for its own throttles: projects have rates such as 10/hours.
        limit, seconds = self.parse_rate(rate)
        if limit is not None and seconds is not None:
            yield name, Rate(limit, seconds)

    def _rate_of(self, scope: str) -> str | None:
        # Typed here: DRF's own rates may be numbers for all that its types know.
        rates: Mapping[str, Any] = self.THROTTLE_RATES or api_settings.DEFAULT_THROTTLE_RATES
        rate: str | None = rates.get(scope)
        return rate
