"""
Count the calls of a client to an API, and say in the answer how many are left.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import Reason, TooManyRequests
from oauth_m2m.log_events import API_THROTTLED
from oauth_m2m.models import UsageCount
from oauth_m2m.rate_limits import LimitState, count_hit
from oauth_m2m.rates import Rate
from oauth_m2m.resource_server.noting import record_api_refusal
from oauth_m2m.usage import record_use
from oauth_m2m.values import VerifiedToken

__all__ = ["CountedCall", "count_call"]

logger = logging.getLogger("oauth_m2m.resource_server")


@dataclass(frozen=True, slots=True)
class CountedCall:
    """What became of a call: its answer's headers, and when to try again if it is refused."""

    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after_seconds: int | None = None


def count_call(
    token: VerifiedToken, limits: Iterable[tuple[str, Rate]], request: HttpRequest
) -> CountedCall:
    """
    Count *request* of the token's client against each of *limits*, a name and its rate.

    The first that is exceeded refuses it, and those behind it do not count it. In monitor
    mode nothing is refused, and nothing said to the caller that would slow it down.
    """
    is_enforced = m2m_settings.RATE_LIMIT_MODE == "enforce"
    states: list[tuple[str, LimitState]] = []
    for name, rate in limits:
        state = count_hit(rate, ("call", name, token.client_id))
        states.append((name, state))
        if not state.is_exceeded:
            continue
        if state.is_first_excess:
            _log(token, name, is_enforced=is_enforced)
        if is_enforced:
            error = _refused(token, state, request)
            headers = {**_headers(states), "Error-Id": error.error_id}
            return CountedCall(headers, error.retry_after_seconds)
        record_use(UsageCount.Kind.THROTTLED, token.client_pk)
    return CountedCall(_headers(states) if is_enforced else {})


def _refused(token: VerifiedToken, state: LimitState, request: HttpRequest) -> TooManyRequests:
    error = TooManyRequests(
        Reason.TOO_MANY_CALLS,
        retry_after_seconds=state.resets_in_seconds,
        client_id=token.client_id,
        client_pk=token.client_pk,
    )
    record_api_refusal(error, request)
    return error


def _log(token: VerifiedToken, name: str, *, is_enforced: bool) -> None:
    # Once in a window: a flood must not fill the log.
    what = "call refused" if is_enforced else "call would be refused"
    logger.info(
        "%s: client=%s reason=over the limit %s",
        what,
        token.client_id,
        name,
        extra=API_THROTTLED(client_id=token.client_id, limit=name, enforced=is_enforced),
    )


def _headers(states: list[tuple[str, LimitState]]) -> dict[str, str]:
    if not states:
        return {}
    named = [(_quoted(name), state) for name, state in states]
    return {
        "RateLimit-Policy": ", ".join(
            f"{name};q={state.limit};w={state.window_seconds}" for name, state in named
        ),
        "RateLimit": ", ".join(
            f"{name};r={state.remaining};t={state.resets_in_seconds}" for name, state in named
        ),
    }


def _quoted(name: str) -> str:
    # RFC 9651 section 3.3.3: printable ASCII only, with these two escaped.
    printable = re.sub(r"[^ -~]", "?", name)
    return '"' + re.sub(r'(["\\])', r"\\\1", printable) + '"'
