"""
The project's settings: one dict, ``OAUTH_M2M``, read each time a value is needed.

``docs/reference/settings.md`` says what each key means; a test holds the two together.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from oauth_m2m import protocol

__all__ = ["DEFAULTS", "Network", "m2m_settings", "unknown_keys"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")

_CENTURY_SECONDS: Final = 100 * 365 * 24 * 3600

DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "ISSUER": "",
        "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
        "TOKEN_FORMAT": "opaque",
        "SECRET_PREFIX": "m2ms_",
        "TOKEN_PREFIX": "m2mt_",
        "SECRET_LIFETIME": None,
        "ROTATION_OVERLAP": timedelta(hours=24),
        "REQUIRE_HTTPS": None,
        "AUTH_METHODS": (protocol.CLIENT_SECRET_BASIC, protocol.CLIENT_SECRET_POST),
        "TRUSTED_PROXIES": (),
    }
)


def unknown_keys() -> list[str]:
    """Return the keys of ``OAUTH_M2M`` that mean nothing, sorted."""
    return sorted(str(key) for key in _configured() if key not in DEFAULTS)


class M2MSettings:
    """
    The settings as typed values.

    A value of the wrong kind raises ``ImproperlyConfigured`` with a sentence that names
    the key; the system checks report the same sentence at start-up.
    """

    @property
    def ISSUER(self) -> str:
        """The public URL of this server, without a trailing slash; "" when not set."""
        return _read("ISSUER", _issuer)

    @property
    def ACCESS_TOKEN_LIFETIME(self) -> timedelta:
        """How long an access token lives unless its client says otherwise."""
        return _read("ACCESS_TOKEN_LIFETIME", _positive_duration)

    @property
    def TOKEN_FORMAT(self) -> str:
        """The format of tokens whose client does not choose one."""
        return _read("TOKEN_FORMAT", _token_format)

    @property
    def SECRET_PREFIX(self) -> str:
        """What a client secret starts with."""
        return _read("SECRET_PREFIX", _prefix)

    @property
    def TOKEN_PREFIX(self) -> str:
        """What an opaque access token starts with."""
        return _read("TOKEN_PREFIX", _prefix)

    @property
    def SECRET_LIFETIME(self) -> timedelta | None:
        """How long a new secret lives unless told otherwise; None for ever."""
        return _read("SECRET_LIFETIME", _optional_duration)

    @property
    def ROTATION_OVERLAP(self) -> timedelta:
        """How long the old secrets go on working after a rotation."""
        return _read("ROTATION_OVERLAP", _duration)

    @property
    def REQUIRE_HTTPS(self) -> bool:
        """Whether the endpoints refuse plain http; unless set, the opposite of DEBUG."""
        required = _read("REQUIRE_HTTPS", _optional_bool)
        return not settings.DEBUG if required is None else required

    @property
    def AUTH_METHODS(self) -> tuple[str, ...]:
        """The client authentication methods that this server accepts."""
        return _read("AUTH_METHODS", _auth_methods)

    @property
    def TRUSTED_PROXIES(self) -> tuple[Network, ...]:
        """The networks whose ``X-Forwarded-For`` is believed."""
        return _read("TRUSTED_PROXIES", _networks)


m2m_settings = M2MSettings()


def _configured() -> Mapping[Any, Any]:
    configured = getattr(settings, "OAUTH_M2M", {})
    if not isinstance(configured, Mapping):
        message = "OAUTH_M2M must be a dict."
        raise ImproperlyConfigured(message)
    return configured


def _read(key: str, parse: Callable[[Any], T]) -> T:
    value = _configured().get(key, DEFAULTS[key])
    try:
        return parse(value)
    except (TypeError, ValueError) as error:
        message = f"OAUTH_M2M[{key!r}] {error}"
        raise ImproperlyConfigured(message) from None


def _issuer(value: object) -> str:
    if value == "":
        return ""
    if isinstance(value, str) and not re.search(r"[?#\s]", value):
        parts = urlsplit(value)
        if parts.scheme in {"https", "http"} and parts.netloc:
            return value.rstrip("/")
    message = "must be an absolute URL without query or fragment, such as https://auth.example.com."
    raise ValueError(message)


def _duration(value: object) -> timedelta:
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        seconds = -1
    # Without an end a date may lie after the year 9999, which is a crash at each use.
    if 0 <= seconds <= _CENTURY_SECONDS:
        return timedelta(seconds=seconds)
    message = "must be a timedelta or a number of seconds, from 0 to 100 years."
    raise ValueError(message)


def _positive_duration(value: object) -> timedelta:
    duration = _duration(value)
    if duration < timedelta(seconds=1):
        message = "must be at least one second."
        raise ValueError(message)
    return duration


def _optional_duration(value: object) -> timedelta | None:
    return None if value is None else _positive_duration(value)


def _optional_bool(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    message = "must be True or False."
    raise ValueError(message)


def _prefix(value: object) -> str:
    # One underscore at the end, none before: the key id of a secret is found by position.
    if isinstance(value, str) and re.fullmatch(r"[0-9A-Za-z]{2,16}_", value):
        return value
    message = "must be 2 to 16 letters or digits and an underscore, such as m2mt_."
    raise ValueError(message)


def _token_format(value: object) -> str:
    if value == "opaque":
        return "opaque"
    message = "must be 'opaque'."
    raise ValueError(message)


def _auth_methods(value: object) -> tuple[str, ...]:
    known = DEFAULTS["AUTH_METHODS"]
    if isinstance(value, list | tuple) and value and all(method in known for method in value):
        return tuple(value)
    message = f"must be a list of one or more of {', '.join(known)}."
    raise ValueError(message)


def _networks(value: object) -> tuple[Network, ...]:
    if not isinstance(value, list | tuple):
        message = "must be a list of networks, such as ['10.0.0.0/8']."
        raise TypeError(message)
    try:
        # As text: to ip_network, the number 10 is the network 0.0.0.10/32.
        return tuple(ipaddress.ip_network(str(network)) for network in value)
    except ValueError as error:
        message = f"has an entry that is not a network: {error}."
        raise ValueError(message) from None
