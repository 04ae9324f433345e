"""
What the two methods that present a JWT as ``client_assertion`` share.

https://www.rfc-editor.org/rfc/rfc7521#section-4.2
https://www.rfc-editor.org/rfc/rfc7523#section-3
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.strict_jwt import JwtRefused, read_jwt
from oauth_m2m.models.replay import remember_once
from oauth_m2m.public_urls import public_url

__all__ = [
    "ASSERTION_LEEWAY_SECONDS",
    "UnverifiedAssertion",
    "accepted_audiences",
    "check_audience",
    "check_time",
    "longest_lifetime",
    "read_assertion",
    "record_use_once",
]

ASSERTION_LEEWAY_SECONDS: Final = 30
_STRICT_MAX_LIFETIME: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class UnverifiedAssertion:
    """An assertion as it was presented: nothing in it is proven."""

    encoded: str = field(repr=False)
    header: Mapping[str, Any] = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def issuer(self) -> str:
        """Who it says it is from."""
        issuer = self.claims.get("iss")
        return issuer if isinstance(issuer, str) else ""

    @property
    def subject(self) -> str:
        """Whom it says it is about."""
        subject = self.claims.get("sub")
        return subject if isinstance(subject, str) else ""

    @property
    def is_own(self) -> bool:
        """Whether the client vouches for itself, rather than a platform for its workload."""
        return self.issuer == self.subject


def read_assertion(request: EndpointRequest) -> UnverifiedAssertion:
    """
    Read the assertion of *request*.

    Raises InvalidRequest when a part of it is missing, InvalidClient when it is no JWT.
    """
    encoded = request.parameters.get("client_assertion")
    if encoded is None or "client_assertion_type" not in request.parameters:
        raise InvalidRequest(Reason.INCOMPLETE_ASSERTION)
    if request.parameters["client_assertion_type"] != protocol.JWT_BEARER:
        raise InvalidClient(Reason.UNKNOWN_ASSERTION_TYPE)
    try:
        header, claims = read_jwt(encoded, types=None)
    except JwtRefused as refused:
        raise InvalidClient(refused.reason) from None
    return UnverifiedAssertion(encoded, header, claims)


def accepted_audiences(*, is_strict: bool) -> tuple[str, ...]:
    """
    Return what an assertion may name as its audience: our issuer, or our token endpoint.

    The strict profile takes the issuer only; old clients send the endpoint. Without an
    issuer there is nothing that means us and nobody else.
    """
    issuer = m2m_settings.ISSUER
    if not issuer:
        return ()
    endpoint = None if is_strict else public_url("token")
    return (issuer,) if endpoint is None else (issuer, endpoint)


def check_audience(
    claims: Mapping[str, Any], accepted: Collection[str], *, is_strict: bool
) -> None:
    """Raise JwtRefused unless the audience is one of *accepted*; strict: one string only."""
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else list(audience or ())
    if is_strict and not isinstance(audience, str):
        raise JwtRefused(Reason.WRONG_AUDIENCE)
    if not set(named).intersection(accepted):
        raise JwtRefused(Reason.WRONG_AUDIENCE)


def longest_lifetime(*, is_strict: bool) -> timedelta:
    """Return how far ahead an assertion may end; a setting never stretches the strict profile."""
    allowed = m2m_settings.ASSERTION_MAX_LIFETIME
    return min(allowed, _STRICT_MAX_LIFETIME) if is_strict else allowed


def check_time(claims: Mapping[str, Any], *, longest: timedelta | None) -> datetime:
    """
    Return when the assertion ends; raises JwtRefused if it has, or lives too long.

    *longest* None: a platform decides how long its tokens live.
    """
    now, leeway = timezone.now(), timedelta(seconds=ASSERTION_LEEWAY_SECONDS)
    ends_at = datetime.fromtimestamp(claims["exp"], UTC)
    # Nothing is added to it: it may be the last moment that there is.
    if ends_at <= now - leeway:
        raise JwtRefused(Reason.ASSERTION_EXPIRED)
    if longest is not None and ends_at > now + longest + leeway:
        raise JwtRefused(Reason.ASSERTION_TOO_LONG_LIVED)
    return ends_at


def record_use_once(sender: str, jti: str, ends_at: datetime) -> None:
    """
    Record that *sender* used *jti*; raises JwtRefused if it did before.

    Comes last, after everything else passed: an assertion that was refused is not used up,
    and nobody can use up another's.
    """
    if not jti:
        raise JwtRefused(Reason.MALFORMED_CLAIMS)
    digest = digest_credential(f"{len(sender)}:{sender}{jti}")
    if not remember_once(digest, ends_at + timedelta(seconds=ASSERTION_LEEWAY_SECONDS)):
        raise JwtRefused(Reason.REPLAYED)
