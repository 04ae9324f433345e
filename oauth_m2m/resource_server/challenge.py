"""
The ``WWW-Authenticate`` header of a protected resource.

https://www.rfc-editor.org/rfc/rfc6750#section-3
https://www.rfc-editor.org/rfc/rfc9449#section-7.1
"""

from typing import Final

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import (
    InsufficientScope,
    InvalidDPoPProof,
    MethodNotAllowed,
    OAuthError,
    TemporarilyUnavailable,
    UseDPoPNonce,
)
from oauth_m2m.public_urls import public_url

__all__ = ["REALM", "challenge_for", "refusal_headers", "status_of"]

REALM: Final = "api"


def status_of(error: OAuthError) -> int:
    """Return the status of *error* at a protected resource (RFC 9449 section 7.1)."""
    # At the token endpoint a bad proof is a bad request; here the caller is not let in.
    return 401 if isinstance(error, InvalidDPoPProof) else error.status


def challenge_for(error: OAuthError | None) -> str:
    """
    Return the challenge for *error*, or for a request without a token when it is None.

    Without a token it speaks of Bearer alone: what a token was bound to says its own
    ``token_type``, and one challenge is what every client can read.
    Section 3.1: without a token the challenge carries no error code. It says where the
    metadata of this API is, if that is mounted (RFC 9728 section 5.1).
    """
    attributes = {"realm": REALM}
    if m2m_settings.ISSUER and (metadata := public_url("protected_resource")):
        attributes["resource_metadata"] = metadata
    if error is not None:
        attributes["error"] = error.error
        attributes["error_description"] = error.description
        if error.error_id:
            attributes["error_id"] = error.error_id
    if isinstance(error, InsufficientScope):
        attributes["scope"] = " ".join(error.required)
    scheme = protocol.BEARER
    if error is not None and error.is_dpop:
        # Section 7.1 of RFC 9449: by the scheme that was used, with what proofs may be signed.
        scheme = protocol.DPOP
        attributes["algs"] = " ".join(protocol.ASYMMETRIC_ALGORITHMS)
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in attributes.items())


def refusal_headers(error: OAuthError | None) -> dict[str, str]:
    """Return the headers of the answer to *error*, or to a request without a token (None)."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TemporarilyUnavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif not isinstance(error, MethodNotAllowed):  # no other token would help
        headers["WWW-Authenticate"] = challenge_for(error)
    if isinstance(error, UseDPoPNonce):
        headers["DPoP-Nonce"] = error.nonce
    return headers
