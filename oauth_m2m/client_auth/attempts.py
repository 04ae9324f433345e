"""
Limits of the endpoints where clients authenticate, against guessing and against floods.

Failed attempts count against the address that they come from, never against the client that
they name: nobody can lock another client out from elsewhere. Each address has a counter of
its failures, and one of those that name the same client. The first does not stop a client
that this process saw succeed from there, so who shares an address with a guesser goes on
working, unless it is the one guessed at.

The shared counters are asked only about addresses that failed lately in this process, so a
request that is right costs no round trip. The price is one more try a process.

https://www.rfc-editor.org/rfc/rfc6749#section-10.10
https://www.rfc-editor.org/rfc/rfc6585#section-4
"""

import ipaddress
import logging
import math
import os
import time
from threading import Lock
from typing import Final

from oauth_m2m.client_auth import client_secret_basic
from oauth_m2m.client_auth.assertions import read_assertion
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason, TooManyRequests
from oauth_m2m.hashing import digest_credential
from oauth_m2m.log_events import LIMIT_MONITORED, PROXY_UNNAMED
from oauth_m2m.models import UsageCount
from oauth_m2m.networks import is_from_unnamed_proxy
from oauth_m2m.rate_limits import Bucket, count_hit, read_limits
from oauth_m2m.usage import record_use
from oauth_m2m.values import AuthenticatedClient

__all__ = [
    "MAX_REMEMBERED",
    "check_attempts",
    "check_request_rate",
    "forget_attempts",
    "record_failure",
    "remember_success",
]

MAX_REMEMBERED: Final = 10_000

_DAY_SECONDS: Final = 24 * 3600.0

logger = logging.getLogger("oauth_m2m.attempts")


class _Memory:
    """Buckets, each until a moment, and a bounded number: the one put in first goes first."""

    def __init__(self) -> None:
        self.until: dict[Bucket, float] = {}
        self._lock = Lock()

    def forget(self) -> None:
        # In a forked child a thread of the parent may hold the lock, and is not there.
        self.until, self._lock = {}, Lock()

    def remember(self, bucket: Bucket, seconds: float) -> None:
        with self._lock:
            self.until.pop(bucket, None)
            self.until[bucket] = time.time() + seconds
            if len(self.until) > MAX_REMEMBERED:
                del self.until[next(iter(self.until))]

    def seconds_left(self, bucket: Bucket) -> float:
        return max(self.until.get(bucket, 0.0) - time.time(), 0.0)


_failed, _closed, _succeeded, _warned_of = _Memory(), _Memory(), _Memory(), _Memory()


def check_attempts(request: EndpointRequest) -> None:
    """
    Raise TooManyRequests if too many attempts from the caller's address failed.

    Comes before any query and before any secret is hashed.
    """
    if not _failed.until:
        return
    rate, address = m2m_settings.TOKEN_ENDPOINT_RATE["address"], _address(request)
    if rate is None or address is None or not _failed.seconds_left((address,)):
        return
    client_id = _claimed_client_id(request)
    watched = _buckets(address, client_id)
    if _succeeded.seconds_left((address, client_id)):
        watched = watched[1:]
    seconds = max(map(_closed.seconds_left, watched))
    is_first = not seconds
    if is_first:
        for bucket, state in zip(watched, read_limits(rate, watched), strict=True):
            if state.remaining == 0:
                _closed.remember(bucket, state.resets_in_seconds)
        seconds = max(map(_closed.seconds_left, watched))
    if seconds:
        error = TooManyRequests(
            Reason.TOO_MANY_ATTEMPTS,
            retry_after_seconds=math.ceil(seconds),
            client_id=client_id,
        )
        # Without the client: what a caller calls itself may forge a line, or be its secret.
        _refuse(error, address=address, is_first=is_first)


def record_failure(request: EndpointRequest) -> None:
    """Count a failed authentication against the address that it came from."""
    rate, address = m2m_settings.TOKEN_ENDPOINT_RATE["address"], _address(request)
    if rate is None or address is None:
        return
    states = [count_hit(rate, bucket) for bucket in _buckets(address, _claimed_client_id(request))]
    _failed.remember((address,), max(state.resets_in_seconds for state in states))


def remember_success(request: EndpointRequest, client_id: str) -> None:
    """Let *client_id* go on when others at its address fail for themselves."""
    if request.address is not None:
        bucket = (_network(request.address), client_id)
        _succeeded.remember(bucket, _DAY_SECONDS)


def check_request_rate(client: AuthenticatedClient) -> None:
    """Count a token request of *client*; raises TooManyRequests if that is one too many."""
    rate = m2m_settings.TOKEN_ENDPOINT_RATE["client"]
    if rate is None:
        return
    state = count_hit(rate, ("token request", client.client_id))
    if state.is_exceeded:
        error = TooManyRequests(
            Reason.TOO_MANY_REQUESTS,
            retry_after_seconds=state.resets_in_seconds,
            client_id=client.client_id,
            client_pk=client.pk,
        )
        _refuse(error, client_id=client.client_id, is_first=state.is_first_excess)


def forget_attempts() -> None:
    """Know nothing of any address, as a new process does."""
    for memory in (_failed, _closed, _succeeded, _warned_of):
        memory.forget()


def _refuse(
    error: TooManyRequests, *, is_first: bool, client_id: str = "", address: str = ""
) -> None:
    if m2m_settings.RATE_LIMIT_MODE == "enforce":
        raise error
    record_use(UsageCount.Kind.THROTTLED, error.client_pk)
    # Once in a window: a flood must not fill the log.
    if is_first:
        logger.info(
            "would be refused: %s reason=%s",
            f"client={client_id}" if client_id else f"address={address}",
            error.reason.value,
            extra=LIMIT_MONITORED(client_id=client_id, address=address, reason=error.reason.value),
        )


def _buckets(address: str, client_id: str) -> tuple[Bucket, ...]:
    # A digest: a caller may call itself by a name of 16 KiB, and there are many callers.
    of_address = ("failed attempt", address)
    return (of_address, (*of_address, digest_credential(client_id)))


def _address(request: EndpointRequest) -> str | None:
    # Without an address of its own (a Unix socket, a proxy that nobody named) every caller
    # looks like every other, and one that guesses would lock all of them out.
    if request.address is None:
        return None
    if is_from_unnamed_proxy(request.http):
        _warn_of_proxy()
        return None
    return _network(request.address)


def _network(address: str) -> str:
    # Whoever has one IPv6 address has 2**64 of them.
    if ":" not in address:
        return address
    return str(ipaddress.IPv6Network((address, 64), strict=False))


def _warn_of_proxy() -> None:
    if not _warned_of.seconds_left(("proxy",)):
        _warned_of.remember(("proxy",), _DAY_SECONDS)
        logger.warning(
            "a proxy sends X-Forwarded-For and TRUSTED_PROXIES does not name it:"
            " failed attempts are not limited",
            extra=PROXY_UNNAMED(),
        )


def _claimed_client_id(request: EndpointRequest) -> str:
    in_body = request.parameters.get("client_id")
    if in_body is not None:
        return in_body
    if client_secret_basic.presented_in(request):
        return client_secret_basic.claimed_client_id(request)
    try:
        return read_assertion(request).subject
    except (InvalidClient, InvalidRequest):
        return ""


os.register_at_fork(after_in_child=forget_attempts)
