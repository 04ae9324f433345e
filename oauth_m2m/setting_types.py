"""
The kinds of values that settings have.

Each function returns the typed value, or raises a ValueError that says what it must be, as
the rest of a sentence that starts with the key.
"""

import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from django.utils.module_loading import import_string

__all__ = [
    "Network",
    "boolean_or_none",
    "callable_or_none",
    "duration",
    "duration_or_none",
    "known_names",
    "networks",
    "one_of",
    "positive_duration",
    "prefix",
    "safe_url",
    "seconds",
    "text",
    "texts",
    "url",
]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

T = TypeVar("T")

_CENTURY_SECONDS: Final = 36_500 * 24 * 3600


def url(value: object) -> str:
    """Take an absolute http or https URL, or "" for none; without its trailing slash."""
    if value == "":
        return ""
    if isinstance(value, str) and _is_plain_url(value):
        return value.rstrip("/")
    message = "must be an absolute URL without query or fragment, such as https://auth.example.com."
    raise ValueError(message)


def safe_url(value: object) -> str:
    """Take the URL of another server, or "" for none: https, or http on this machine."""
    parts = _web_address(value) if isinstance(value, str) else None
    # Whoever can change the answer on its way makes tokens that we believe.
    if value == "" or (
        parts is not None
        and (parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"})
    ):
        return str(value)
    message = "must be an https URL, or an http URL on loopback."
    raise ValueError(message)


def duration(value: object) -> timedelta:
    """Take a timedelta or a number of seconds, from 0 to 100 years."""
    length = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(length, bool) or not isinstance(length, int | float):
        length = -1
    # Without an end a date may lie after the year 9999, which is a crash at each use.
    if 0 <= length <= _CENTURY_SECONDS:
        return timedelta(seconds=length)
    message = "must be a timedelta or a number of seconds, from 0 to 100 years."
    raise ValueError(message)


def positive_duration(value: object) -> timedelta:
    """Take a duration of at least a second."""
    length = duration(value)
    if length < timedelta(seconds=1):
        message = "must be at least one second."
        raise ValueError(message)
    return length


def duration_or_none(value: object) -> timedelta | None:
    """Take a duration of at least a second, or None."""
    return None if value is None else positive_duration(value)


def seconds(value: object) -> float:
    """Take a number of seconds, not negative; 0 means every time."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    message = "must be a number of seconds, and not negative."
    raise ValueError(message)


def boolean_or_none(value: object) -> bool | None:
    """Take True, False or None."""
    if value is None or isinstance(value, bool):
        return value
    message = "must be True or False."
    raise ValueError(message)


def prefix(value: object) -> str:
    """Take the start of a credential."""
    # One underscore at the end, none before: the key id of a secret is found by position.
    if isinstance(value, str) and re.fullmatch(r"[0-9A-Za-z]{2,16}_", value):
        return value
    message = "must be 2 to 16 letters or digits and an underscore, such as m2mt_."
    raise ValueError(message)


def one_of(*choices: str) -> Callable[[object], str]:
    """Return a kind that takes one of *choices*."""

    def parse(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        message = f"must be one of {', '.join(choice or repr(choice) for choice in choices)}."
        raise ValueError(message)

    return parse


def known_names(*known: str) -> Callable[[object], tuple[str, ...]]:
    """Return a kind that takes a list of some of *known*, at least one."""

    def parse(value: object) -> tuple[str, ...]:
        if isinstance(value, list | tuple) and value and all(name in known for name in value):
            return tuple(value)
        message = f"must be a list of one or more of {', '.join(known)}."
        raise ValueError(message)

    return parse


def text(value: object) -> str:
    """Take a string."""
    if isinstance(value, str):
        return value
    message = "must be a string."
    raise ValueError(message)


def texts(value: object) -> tuple[str, ...]:
    """Take a list of non-empty strings."""
    if isinstance(value, list | tuple) and all(map(_is_text, value)):
        return tuple(value)
    message = "must be a list of strings."
    raise ValueError(message)


def networks(value: object) -> tuple[Network, ...]:
    """Take a list of IPv4 and IPv6 networks."""
    if not isinstance(value, list | tuple):
        message = "must be a list of networks, such as ['10.0.0.0/8']."
        raise ValueError(message)  # noqa: TRY004 - every kind raises ValueError
    try:
        # As text: to ip_network, the number 10 is the network 0.0.0.10/32.
        return tuple(ipaddress.ip_network(str(network)) for network in value)
    except ValueError as error:
        message = f"has an entry that is not a network: {error}."
        raise ValueError(message) from None


def callable_or_none(value: object) -> Callable[..., Any] | None:
    """Take a callable, its dotted path, or None."""
    try:
        found = import_string(value) if isinstance(value, str) else value
    except ImportError as error:
        message = f"cannot be imported: {error}."
        raise ValueError(message) from None
    if found is None or callable(found):
        return found
    message = "must be a callable or its dotted path."
    raise ValueError(message)


def _is_plain_url(value: str) -> bool:
    parts = _web_address(value)
    # Not parts.query: an empty one leaves its question mark behind.
    return parts is not None and not ("?" in value or "#" in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _web_address(value: str) -> SplitResult | None:
    # urlsplit drops spaces around a URL; whoever compares the issuer does not.
    if re.search(r"\s", value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:  # a bracket without its partner
        return None
    return parts if parts.scheme in {"https", "http"} and parts.hostname else None
