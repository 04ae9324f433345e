"""
Authenticate one API request: the same call for DRF, decorators and middleware.

https://www.rfc-editor.org/rfc/rfc6750#section-3
"""

import logging
import time
from typing import Final, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

from oauth_m2m.errors import (
    InvalidDPoPProof,
    InvalidToken,
    OAuthError,
    Reason,
    TemporarilyUnavailable,
)
from oauth_m2m.keys.strict_jwt import looks_like_jwt
from oauth_m2m.log_events import DATABASE_UNAVAILABLE, TOKEN_FOREIGN
from oauth_m2m.models import TokenFormat, UsageCount
from oauth_m2m.networks import client_address
from oauth_m2m.resource_server.bearer import PresentedToken, presented_token
from oauth_m2m.resource_server.forced_machine import forced_token
from oauth_m2m.resource_server.noting import note_refusal
from oauth_m2m.resource_server.principal import ClientPrincipal, principal_of
from oauth_m2m.resource_server.remote import remote_issuer_of, verify_remote
from oauth_m2m.signals import token_verified
from oauth_m2m.tokens import verify_token
from oauth_m2m.tokens.binding import check_binding
from oauth_m2m.usage import record_use
from oauth_m2m.values import VerifiedToken

__all__ = ["authenticate_request", "proven_token"]

Proven = tuple[ClientPrincipal | AbstractBaseUser, VerifiedToken]

logger = logging.getLogger("oauth_m2m.resource_server")

# Where a request keeps what it proved. A view may ask behind the middleware, or behind
# another decorator: a second look would cost a second query, count a second call, and take
# the same DPoP proof for a replay.
_PROVEN: Final = "_m2m_proven"


def authenticate_request(
    request: HttpRequest,
) -> Proven | None:
    """
    Return the principal and the proven token, or None if no token was sent.

    Raises MalformedBearer, InvalidDPoPProof, InvalidToken (its reason is FOREIGN_TOKEN when
    the token does not claim to be ours), or TemporarilyUnavailable when the database is
    away: what cannot be checked is never let in. A request proves itself once; asked again,
    this returns the same.
    """
    already = _proven(request)
    if already is not None:
        return already
    forced = forced_token(request)
    if forced is not None:
        return _kept(request, (principal_of(forced), forced))
    # Two looks at the clock are not worth it when nobody asks.
    began_at = time.perf_counter() if token_verified.receivers else None
    try:
        presented = presented_token(request)
        if presented is None:
            return None
        principal, token = _checked(presented, request)
    except OAuthError as error:
        if error.reason is Reason.FOREIGN_TOKEN:
            logger.debug("token is not ours", extra=TOKEN_FOREIGN())
        else:
            note_refusal(error, request)
        raise
    record_use(UsageCount.Kind.API_CALL, token.client_pk)
    if began_at is not None:
        token_verified.send_robust(
            sender=VerifiedToken,
            client_id=token.client_id,
            scopes=token.scopes,
            token_format=TokenFormat.JWT if looks_like_jwt(presented.text) else TokenFormat.OPAQUE,
            issuer=token.issuer,
            duration=time.perf_counter() - began_at,
        )
    return _kept(request, (principal, token))


def proven_token(request: HttpRequest) -> VerifiedToken | None:
    """Return the token that *request* has proved, to whomever it did; asks nobody."""
    proven = _proven(request)
    return None if proven is None else proven[1]


def _kept(request: HttpRequest, proven: Proven) -> Proven:
    setattr(request, _PROVEN, proven)
    return proven


def _proven(request: HttpRequest) -> Proven | None:
    return cast("Proven | None", getattr(request, _PROVEN, None))


def _checked(
    presented: PresentedToken, request: HttpRequest
) -> tuple[ClientPrincipal | AbstractBaseUser, VerifiedToken]:
    try:
        token = _verified(presented, request)
        return principal_of(token), token
    except (InvalidToken, InvalidDPoPProof) as error:
        error.is_dpop = presented.is_dpop
        raise
    except (OperationalError, InterfaceError) as error:
        name = type(error).__name__
        logger.error(  # noqa: TRY400 - no trace: it would show the statement's parameters
            "database unavailable: %s", name, extra=DATABASE_UNAVAILABLE(error_type=name)
        )
        raise TemporarilyUnavailable(Reason.DATABASE_AWAY) from None


def _verified(presented: PresentedToken, request: HttpRequest) -> VerifiedToken:
    issuer = remote_issuer_of(presented.text)
    if issuer is not None:
        token = verify_remote(presented.text, issuer)
    else:
        token = verify_token(presented.text, client_address(request))
    check_binding(token, request, presented=presented.text, is_dpop=presented.is_dpop)
    return token
