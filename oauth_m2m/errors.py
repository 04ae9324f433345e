"""
Everything that may go wrong on the wire, as one tree.

::

    OAuthError
    |-- EndpointError            answers of the token endpoint, RFC 6749 section 5.2
    |   |-- InvalidRequest       400
    |   |   |-- MethodNotAllowed 405
    |   |   |-- InvalidSignature 403
    |   |   `-- RequestTooLarge  413
    |   |-- InvalidClient        401
    |   |-- UnsupportedGrantType 400
    |   |-- InvalidScope         400
    |   |-- InvalidTarget        400
    |   |-- InvalidDPoPProof     400
    |   |   `-- UseDPoPNonce     400
    |   `-- UnauthorizedClient   400
    |-- BearerError              answers of a protected resource, RFC 6750 section 3.1
    |   |-- MalformedBearer      400
    |   |-- InvalidToken         401
    |   `-- InsufficientScope    403
    |-- HandOverRefused          404, a page for people
    `-- TemporarilyUnavailable   503
        `-- TooManyRequests      429

Each error speaks through two channels. The caller reads ``error`` and ``description``,
which are constants; the operator reads ``reason``, which goes to the log and the audit
trail and nowhere else.
"""

from collections.abc import Collection, Sequence
from typing import ClassVar

from oauth_m2m.reasons import Reason

__all__ = [
    "BearerError",
    "EndpointError",
    "HandOverRefused",
    "InsufficientScope",
    "InvalidClient",
    "InvalidDPoPProof",
    "InvalidRequest",
    "InvalidScope",
    "InvalidSignature",
    "InvalidTarget",
    "InvalidToken",
    "MalformedBearer",
    "MethodNotAllowed",
    "OAuthError",
    "Reason",
    "RequestTooLarge",
    "TemporarilyUnavailable",
    "TooManyRequests",
    "UnauthorizedClient",
    "UnsupportedGrantType",
    "UseDPoPNonce",
]


class OAuthError(Exception):
    """A refusal that has an RFC's name, a status, and a private reason."""

    error: ClassVar[str]
    status: ClassVar[int]
    default_description: ClassVar[str] = ""

    error_id: str = ""
    """The opaque id by which the audit trail finds this refusal; set when it is recorded."""

    is_dpop: bool = False
    """Whether a protected resource answers by the DPoP scheme, as it was asked."""

    def __init__(
        self, reason: Reason, *, client_id: str = "", client_pk: int | None = None
    ) -> None:
        """
        Remember why, and for whom where that is known.

        *client_id* is what the caller presented; *client_pk* is set only when it is a
        client that exists.
        """
        super().__init__(reason.value)
        self.reason = reason
        self.client_id = client_id
        self.client_pk = client_pk

    @property
    def description(self) -> str:
        """What the caller may read."""
        return self.reason.public or self.default_description


class EndpointError(OAuthError):
    """An answer of the token endpoint (RFC 6749 section 5.2)."""


class InvalidRequest(EndpointError):
    """The request is malformed, repeats itself, or contradicts itself."""

    error = "invalid_request"
    status = 400


class MethodNotAllowed(InvalidRequest):
    """The endpoint takes POST only, or the protected path names other methods."""

    status = 405


class InvalidSignature(InvalidRequest):
    """A report of leaks that the scanning service did not sign."""

    status = 403
    default_description = "The body is not signed by a key of the scanning service."


class RequestTooLarge(InvalidRequest):
    """The body is over the limit and was not parsed."""

    status = 413


class InvalidClient(EndpointError):
    """Client authentication failed; the caller never learns at which step."""

    error = "invalid_client"
    status = 401
    default_description = "Client authentication failed."


class UnsupportedGrantType(EndpointError):
    """Any grant but client credentials."""

    error = "unsupported_grant_type"
    status = 400


class InvalidScope(EndpointError):
    """A scope that this client does not have."""

    error = "invalid_scope"
    status = 400


class InvalidTarget(EndpointError):
    """A resource that does not exist or that this client may not use (RFC 8707 section 2)."""

    error = "invalid_target"
    status = 400


class InvalidDPoPProof(EndpointError):
    """A DPoP proof that proves nothing (RFC 9449 section 5)."""

    error = "invalid_dpop_proof"
    status = 400
    default_description = "The DPoP proof is not valid."
    is_dpop = True


class UseDPoPNonce(InvalidDPoPProof):
    """A good proof without a nonce of ours (RFC 9449 section 8); the answer brings one."""

    error = "use_dpop_nonce"
    default_description = "The DPoP proof must carry the nonce of this answer."

    def __init__(self, reason: Reason, *, nonce: str) -> None:
        """Keep the nonce to send."""
        super().__init__(reason)
        self.nonce = nonce


class UnauthorizedClient(EndpointError):
    """A client that asks for something that another client may do."""

    error = "unauthorized_client"
    status = 400


class BearerError(OAuthError):
    """An answer of a protected resource (RFC 6750 section 3.1)."""


class MalformedBearer(BearerError):
    """The Authorization header says Bearer and is not one token."""

    error = "invalid_request"
    status = 400


class InvalidToken(BearerError):
    """The token is unknown, expired, revoked, or its client is no longer welcome."""

    error = "invalid_token"
    status = 401
    default_description = "The access token is not valid."


class InsufficientScope(BearerError):
    """The token is good and lacks a scope."""

    error = "insufficient_scope"
    status = 403

    def __init__(
        self,
        required: Sequence[str],
        *,
        granted: Collection[str] = (),
        client_id: str = "",
        client_pk: int | None = None,
        is_dpop: bool = False,
    ) -> None:
        """
        Name the scopes that the resource requires, and which of them were not *granted*.

        ``required`` is what a better token asks for (RFC 6750 section 3); ``missing`` is what
        people read.
        """
        super().__init__(Reason.MISSING_SCOPE, client_id=client_id, client_pk=client_pk)
        self.is_dpop = is_dpop
        self.required = tuple(required)
        # A token that has them all and expired a moment ago needs them all again.
        self.missing = tuple(s for s in self.required if s not in granted) or self.required

    @property
    def description(self) -> str:
        """Name the scopes; they have no character that a challenge could not quote."""
        return f"The access token needs the scope {' '.join(self.missing)}."


class HandOverRefused(OAuthError):
    """A hand-over link that shows no secret; whoever opens it never learns why."""

    error = "invalid_hand_over"
    status = 404


class TemporarilyUnavailable(OAuthError):
    """A server that we need is away; the same request may succeed later."""

    error = "temporarily_unavailable"
    status = 503
    default_description = "The server is temporarily unable to answer. Try again."
    retry_after_seconds: int = 5


class TooManyRequests(TemporarilyUnavailable):
    """
    A limit is reached (RFC 6585 section 4).

    RFC 6749 has no word of its own for it. Clients take ``temporarily_unavailable`` for
    what may be tried again, and ``invalid_request`` for what may not.
    """

    status = 429

    def __init__(
        self,
        reason: Reason,
        *,
        retry_after_seconds: int,
        client_id: str = "",
        client_pk: int | None = None,
    ) -> None:
        """Say when to try again."""
        super().__init__(reason, client_id=client_id, client_pk=client_pk)
        self.retry_after_seconds = retry_after_seconds
