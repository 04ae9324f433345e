"""
The project's settings: one dict, ``OAUTH_M2M``, read each time a value is needed.

``docs/reference/settings.md`` says what each key means; a test holds the two together.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from oauth_m2m import protocol, setting_types
from oauth_m2m.path_rules import PathRule, parse_path_rules
from oauth_m2m.rates import Rate, endpoint_rates
from oauth_m2m.remote_issuers import RemoteIssuer, remote_issuers
from oauth_m2m.setting_defaults import DEFAULTS
from oauth_m2m.setting_types import Network

__all__ = ["m2m_settings", "unknown_keys"]

T = TypeVar("T")


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
        return _read("ISSUER", setting_types.url)

    @property
    def ACCESS_TOKEN_LIFETIME(self) -> timedelta:
        """How long an access token lives unless its client or API says otherwise."""
        return _read("ACCESS_TOKEN_LIFETIME", setting_types.positive_duration)

    @property
    def TOKEN_FORMAT(self) -> str:
        """The format of tokens whose client and API do not choose one."""
        return _read("TOKEN_FORMAT", _TOKEN_FORMAT)

    @property
    def SIGNING_ALGORITHM(self) -> str:
        """What signed tokens are signed with."""
        return _read("SIGNING_ALGORITHM", _ALGORITHM)

    @property
    def SIGNING_KEYS(self) -> tuple[str, ...]:
        """PEM private keys, or paths of files with one; empty: keys are kept in the table."""
        return _read("SIGNING_KEYS", setting_types.texts)

    @property
    def KEY_ENCRYPTION_KEYS(self) -> tuple[str, ...]:
        """What private keys are encrypted under, newest first; empty: SECRET_KEY."""
        return _read("KEY_ENCRYPTION_KEYS", setting_types.texts)

    @property
    def DEFAULT_AUDIENCE(self) -> str:
        """The audience of tokens when neither the request nor the scopes say one."""
        return _read("DEFAULT_AUDIENCE", setting_types.text)

    @property
    def ACCEPTED_AUDIENCES(self) -> tuple[str, ...]:
        """The audiences that this project's own APIs answer to."""
        accepted = _read("ACCEPTED_AUDIENCES", setting_types.texts)
        return accepted or tuple(filter(None, (self.DEFAULT_AUDIENCE, self.ISSUER)))

    @property
    def EXTRA_CLAIMS(self) -> Callable[..., Any] | None:
        """The hook that adds claims to signed tokens."""
        return _read_hook("EXTRA_CLAIMS")

    @property
    def PRINCIPAL(self) -> Callable[..., Any] | None:
        """The hook that chooses the user that a proven token speaks for."""
        return _read_hook("PRINCIPAL")

    @property
    def REVOCATION_REFRESH_SECONDS(self) -> float:
        """How long a process may go on accepting a signed token that was revoked."""
        return _read("REVOCATION_REFRESH_SECONDS", setting_types.seconds)

    @property
    def CLIENT_CACHE_SECONDS(self) -> float:
        """How long the token endpoint of a process believes what it read of a client."""
        return _read("CLIENT_CACHE_SECONDS", setting_types.seconds)

    @property
    def VERIFICATION_CACHE_SECONDS(self) -> float:
        """How long a process may go on accepting an opaque token that was revoked."""
        return _read("VERIFICATION_CACHE_SECONDS", setting_types.seconds)

    @property
    def REMOTE_ISSUERS(self) -> Mapping[str, RemoteIssuer]:
        """Other servers whose tokens are accepted."""
        return _read("REMOTE_ISSUERS", remote_issuers)

    @property
    def JWKS_ALLOWED_NETWORKS(self) -> tuple[Network, ...]:
        """Private networks in which keys of clients and platforms may be fetched."""
        return _read("JWKS_ALLOWED_NETWORKS", setting_types.networks)

    @property
    def ASSERTION_MAX_LIFETIME(self) -> timedelta:
        """How far ahead the end of a client's own assertion may lie."""
        return _read("ASSERTION_MAX_LIFETIME", setting_types.positive_duration)

    @property
    def PROFILE(self) -> str:
        """The profile that all clients are held to: "" or "fapi2"."""
        return _read("PROFILE", _PROFILE)

    @property
    def DPOP_REQUIRE_NONCE(self) -> bool:
        """Whether every DPoP proof must carry a nonce of ours."""
        return bool(_read("DPOP_REQUIRE_NONCE", setting_types.boolean_or_none))

    @property
    def CLIENT_CERTIFICATE_HEADER(self) -> str:
        """The header in which a trusted proxy forwards the client's certificate."""
        return _read("CLIENT_CERTIFICATE_HEADER", setting_types.text)

    @property
    def CLIENT_CERTIFICATE_VERIFY_HEADER(self) -> str:
        """The header in which that proxy says SUCCESS if it verified the certificate."""
        return _read("CLIENT_CERTIFICATE_VERIFY_HEADER", setting_types.text)

    @property
    def SECRET_PREFIX(self) -> str:
        """What a client secret starts with."""
        return _read("SECRET_PREFIX", setting_types.prefix)

    @property
    def TOKEN_PREFIX(self) -> str:
        """What an opaque access token starts with."""
        return _read("TOKEN_PREFIX", setting_types.prefix)

    @property
    def SECRET_LIFETIME(self) -> timedelta | None:
        """How long a new secret lives unless told otherwise; None for ever."""
        return _read("SECRET_LIFETIME", setting_types.duration_or_none)

    @property
    def ROTATION_OVERLAP(self) -> timedelta:
        """How long the old secrets go on working after a rotation."""
        return _read("ROTATION_OVERLAP", setting_types.duration)

    @property
    def ROTATION_REMINDER(self) -> timedelta | None:
        """How old a secret or a signing key may get before a check says so; None for ever."""
        return _read("ROTATION_REMINDER", setting_types.duration_or_none)

    @property
    def CLIENT_ROTATION(self) -> str:
        """Whether clients may replace their own secrets, and how the old ones then end."""
        return _read("CLIENT_ROTATION", _CLIENT_ROTATION)

    @property
    def HAND_OVER_LIFETIME(self) -> timedelta:
        """How long a hand-over link works unless told otherwise."""
        return _read("HAND_OVER_LIFETIME", setting_types.positive_duration)

    @property
    def REQUIRE_HTTPS(self) -> bool:
        """Whether the endpoints refuse plain http; unless set, the opposite of DEBUG."""
        required = _read("REQUIRE_HTTPS", setting_types.boolean_or_none)
        return not settings.DEBUG if required is None else required

    @property
    def AUTH_METHODS(self) -> tuple[str, ...]:
        """The client authentication methods that this server accepts."""
        return _read("AUTH_METHODS", _AUTH_METHODS)

    @property
    def TRUSTED_PROXIES(self) -> tuple[Network, ...]:
        """The networks whose ``X-Forwarded-For`` is believed."""
        return _read("TRUSTED_PROXIES", setting_types.networks)

    @property
    def PROTECTED_PATHS(self) -> tuple[PathRule, ...]:
        """The paths that MachineTokenMiddleware guards, the longest first."""
        return _read("PROTECTED_PATHS", _PATH_RULES)

    @property
    def ACCEPT_IMPORTED_TOKENS(self) -> bool:
        """Whether a bearer token of another form may be one that was imported."""
        return bool(_read("ACCEPT_IMPORTED_TOKENS", setting_types.boolean_or_none))

    @property
    def TOKEN_ENDPOINT_RATE(self) -> Mapping[str, Rate | None]:
        """Failed authentications of an ``address``, token requests of a ``client``; None: any."""
        return _read("TOKEN_ENDPOINT_RATE", _rates)

    @property
    def RATE_LIMIT_MODE(self) -> str:
        """Whether what is over a limit is refused, or counted only."""
        return _read("RATE_LIMIT_MODE", _RATE_LIMIT_MODE)

    @property
    def SECRET_SCANNING(self) -> str:
        """Whether a scanning service may report leaks, and whether they end what they name."""
        return _read("SECRET_SCANNING", _SECRET_SCANNING)

    @property
    def SECRET_SCANNING_KEYS_URL(self) -> str:
        """Where the scanning service publishes the keys that it signs its reports with."""
        return _read("SECRET_SCANNING_KEYS_URL", setting_types.safe_url)

    @property
    def AUDIT_RETENTION(self) -> timedelta | None:
        """How long rows of the audit trail are kept; None for ever."""
        return _read("AUDIT_RETENTION", setting_types.duration_or_none)

    @property
    def METRICS_CLIENT_ATTRIBUTE(self) -> bool:
        """Whether measurements say which client they are of."""
        return bool(_read("METRICS_CLIENT_ATTRIBUTE", setting_types.boolean_or_none))

    @property
    def OWNERS_SEE_ONLY_THEIR_OWN(self) -> bool:
        """Whether the admin shows clients to their owners only, but to who may see all."""
        return bool(_read("OWNERS_SEE_ONLY_THEIR_OWN", setting_types.boolean_or_none))


m2m_settings = M2MSettings()

_TOKEN_FORMAT = setting_types.one_of("opaque", "jwt")
_ALGORITHM = setting_types.one_of(*protocol.SIGNING_ALGORITHMS)
_PROFILE = setting_types.one_of("", "fapi2")
_CLIENT_ROTATION = setting_types.one_of("off", "overlap", "until_unused")
_RATE_LIMIT_MODE = setting_types.one_of("enforce", "monitor")
_SECRET_SCANNING = setting_types.one_of("off", "notify", "revoke")
_AUTH_METHODS = setting_types.known_names(*DEFAULTS["AUTH_METHODS"])
_PATH_RULES = partial(parse_path_rules, scope_token=protocol.SCOPE_TOKEN)
_DEFAULT_RATES = endpoint_rates(DEFAULTS["TOKEN_ENDPOINT_RATE"])

# What each value was parsed to: requests read many, and parsing takes longer than they may. Another
# value is another object; one that is changed in place is not parsed anew.
_parsed: dict[str, tuple[object, Any]] = {}


def _rates(value: object) -> Mapping[str, Rate | None]:
    # Who limits clients alone has not asked for addresses to guess freely.
    return {**_DEFAULT_RATES, **endpoint_rates(value)}


def _configured() -> Mapping[Any, Any]:
    configured = getattr(settings, "OAUTH_M2M", {})
    # Nearly always a dict; whether something else is a mapping takes longer to find out.
    if type(configured) is not dict and not isinstance(configured, Mapping):
        message = "OAUTH_M2M must be a dict."
        raise ImproperlyConfigured(message)
    return configured


def _read(key: str, parse: Callable[[Any], T]) -> T:
    value = _configured().get(key, DEFAULTS[key])
    known = _parsed.get(key)  # replaced as a whole, by whoever is first
    if known is None or known[0] is not value:
        known = _parsed[key] = (value, _parse(key, value, parse))
    parsed: T = known[1]
    return parsed


def _read_hook(key: str) -> Callable[..., Any] | None:
    # Found by its name each time: tests put another function there.
    value = _configured().get(key, DEFAULTS[key])
    return _parse(key, value, setting_types.callable_or_none)


def _parse(key: str, value: Any, parse: Callable[[Any], T]) -> T:
    try:
        return parse(value)
    except ValueError as error:
        message = f"OAUTH_M2M[{key!r}] {error}"
        raise ImproperlyConfigured(message) from None
