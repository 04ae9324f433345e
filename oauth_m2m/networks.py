"""
Where a request comes from, and whether a client may call from there.

One answer for the token endpoint and for APIs. ``X-Forwarded-For`` is believed only as
far as it was written by proxies in ``TRUSTED_PROXIES``.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from django.http import HttpRequest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.setting_types import Network

__all__ = ["client_address", "is_allowed", "is_from_trusted_proxy", "is_from_unnamed_proxy"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str | None:
    """
    Return the address of the caller, or None where there is none (a Unix socket).

    Walks ``X-Forwarded-For`` from the right, as long as the one who wrote the entry is a
    trusted proxy; whatever a stranger put further left is not looked at. An entry that is
    no address ends in None, which no network matches.
    """
    neighbour = request.META.get("REMOTE_ADDR", "")
    proxies = m2m_settings.TRUSTED_PROXIES
    if not proxies:
        return _normal(neighbour)
    address = _parse(neighbour)
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    while address is not None and hops != [""] and hops and _within(address, proxies):
        address = _parse(hops.pop().strip())
    return _text(address)


def is_from_trusted_proxy(request: HttpRequest) -> bool:
    """Whether the one who connected to us is a proxy in ``TRUSTED_PROXIES``."""
    neighbour = _parse(request.META.get("REMOTE_ADDR", ""))
    return neighbour is not None and _within(neighbour, m2m_settings.TRUSTED_PROXIES)


def is_from_unnamed_proxy(request: HttpRequest) -> bool:
    """
    Whether a neighbour forwards for others while ``TRUSTED_PROXIES`` names no proxy at all.

    Its address then stands for all callers. A caller on the Internet cannot pretend this.
    """
    if m2m_settings.TRUSTED_PROXIES or "X-Forwarded-For" not in request.headers:
        return False
    neighbour = _parse(request.META.get("REMOTE_ADDR", ""))
    return neighbour is not None and not neighbour.is_global


def is_allowed(address: str | None, networks: Sequence[str]) -> bool:
    """Whether *address* is in one of *networks*; an empty list allows everything."""
    if not networks:
        return True
    parsed = _parse(address or "")
    return parsed is not None and _within(
        parsed, [ipaddress.ip_network(network) for network in networks]
    )


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


# The same neighbours come again and again.
@lru_cache(maxsize=1024)
def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    # A dual-stack socket shows IPv4 callers as ::ffff:192.0.2.1; networks are written as IPv4.
    # A link-local caller comes with its interface, fe80::1%eth0, which PostgreSQL refuses.
    return address.ipv4_mapped or ipaddress.IPv6Address(int(address))


@lru_cache(maxsize=1024)
def _normal(text: str) -> str | None:
    return _text(_parse(text))


def _text(address: Address | None) -> str | None:
    return None if address is None else str(address)
