"""
Everything that may go wrong on the wire, as one tree.

::

    OAuthError
    |-- EndpointError            answers of the token endpoint, RFC 6749 section 5.2
    |   |-- InvalidRequest       400
    |   |   |-- MethodNotAllowed 405
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
    `-- TemporarilyUnavailable   503

Each error speaks through two channels. The caller reads ``error`` and ``description``,
which are constants; the operator reads ``reason``, which goes to the log and the audit
trail and nowhere else.
"""

import enum
from collections.abc import Sequence
from typing import ClassVar, Self

__all__ = [
    "BearerError",
    "EndpointError",
    "InsufficientScope",
    "InvalidClient",
    "InvalidDPoPProof",
    "InvalidRequest",
    "InvalidScope",
    "InvalidTarget",
    "InvalidToken",
    "MalformedBearer",
    "MethodNotAllowed",
    "OAuthError",
    "Reason",
    "RequestTooLarge",
    "TemporarilyUnavailable",
    "UnauthorizedClient",
    "UnsupportedGrantType",
    "UseDPoPNonce",
]


class Reason(enum.Enum):
    """
    Why a request was refused.

    The value is what the audit trail stores. A second string, where there is one, is
    safe for the caller to read and replaces the error's general description; it keeps
    to the characters that RFC 6749 section 5.2 allows in ``error_description``.
    """

    public: str

    def __new__(cls, code: str, public: str = "") -> Self:
        """Make a member whose value is *code*."""
        member = object.__new__(cls)
        member._value_ = code
        member.public = public
        return member

    # The form of the request
    METHOD_NOT_ALLOWED = "method_not_allowed", "Use POST."
    PLAIN_HTTP = "plain_http", "This endpoint must be called over https."
    PARAMETERS_IN_URL = "parameters_in_url", "Send the parameters in the body, not in the URL."
    WRONG_CONTENT_TYPE = (
        "wrong_content_type",
        "Send the parameters as application/x-www-form-urlencoded.",
    )
    BODY_TOO_LARGE = "body_too_large", "The body is too large."
    BODY_UNREADABLE = "body_unreadable", "The body could not be read to its end."
    TOO_MANY_PARAMETERS = "too_many_parameters", "The body has too many parameters."
    MALFORMED_BODY = "malformed_body", "The body is not valid form-encoded UTF-8."
    CONTROL_CHARACTER = "control_character", "A parameter contains a control character."
    REPEATED_PARAMETER = "repeated_parameter", "A parameter is included more than once."
    MISSING_GRANT_TYPE = "missing_grant_type", "The parameter grant_type is missing."
    UNSUPPORTED_GRANT_TYPE = (
        "unsupported_grant_type",
        "Only the grant type client_credentials is supported.",
    )

    # Client authentication
    NO_CREDENTIALS = "no_credentials", "No client authentication was included."
    TWO_METHODS = "two_methods", "Use one client authentication method, not two."
    CLIENT_ID_MISMATCH = (
        "client_id_mismatch",
        "The client_id in the body is not the one in the Authorization header.",
    )
    MISSING_CLIENT_ID = "missing_client_id", "The parameter client_id is missing."
    UNSUPPORTED_SCHEME = (
        "unsupported_scheme",
        "The scheme of the Authorization header is not supported here.",
    )
    MALFORMED_BASIC = "malformed_basic", "The Basic header is malformed."
    MALFORMED_CLIENT_ID = "malformed_client_id"
    MALFORMED_SECRET = "malformed_secret"  # noqa: S105 - the name of a reason
    UNKNOWN_CLIENT = "unknown_client"
    UNKNOWN_SECRET = "unknown_secret"  # noqa: S105 - the name of a reason
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - the name of a reason
    SECRET_EXPIRED = "secret_expired"  # noqa: S105 - the name of a reason
    SECRET_REVOKED = "secret_revoked"  # noqa: S105 - the name of a reason
    CLIENT_DISABLED = "client_disabled"
    AUTH_METHOD_DISABLED = "auth_method_disabled"
    AUTH_METHOD_NOT_ALLOWED = "auth_method_not_allowed"
    NETWORK_NOT_ALLOWED = "network_not_allowed"
    PROFILE_FORBIDS_SECRETS = "profile_forbids_secrets"
    PROFILE_FORBIDS_ALGORITHM = "profile_forbids_algorithm"

    # Assertions and keys
    INCOMPLETE_ASSERTION = (
        "incomplete_assertion",
        "client_assertion and client_assertion_type belong together.",
    )
    UNKNOWN_ASSERTION_TYPE = "unknown_assertion_type"
    ASSERTION_OF_ANOTHER_CLIENT = (
        "assertion_of_another_client",
        "The client_id in the body is not the one in the assertion.",
    )
    ASSERTION_EXPIRED = "assertion_expired"
    ASSERTION_TOO_LONG_LIVED = "assertion_too_long_lived"
    REPLAYED = "replayed"
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    KEY_NOT_YET_VALID = "key_not_yet_valid"
    KEYS_UNAVAILABLE = "keys_unavailable"
    UNTRUSTED_ISSUER = "untrusted_issuer"
    UNKNOWN_WORKLOAD = "unknown_workload"
    AMBIGUOUS_WORKLOAD = "ambiguous_workload"

    # Certificates
    MALFORMED_CERTIFICATE = "malformed_certificate"
    CERTIFICATE_FROM_STRANGER = "certificate_from_stranger"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_OF_ANOTHER = "certificate_of_another"
    CERTIFICATE_NOT_VERIFIED = "certificate_not_verified"
    CERTIFICATE_EXPIRED = "certificate_expired"

    # Sender binding
    PROOF_FOR_ANOTHER_REQUEST = "proof_for_another_request"
    PROOF_FOR_ANOTHER_TOKEN = "proof_for_another_token"  # noqa: S105 - the name of a reason
    PROOF_WITHOUT_NONCE = "proof_without_nonce"
    PROOF_MISSING = "proof_missing"
    PROOF_OF_ANOTHER = "proof_of_another"
    BINDING_REQUIRED = (
        "binding_required",
        "This client must bind its tokens: send a DPoP proof or use its certificate.",
    )
    TOKEN_NOT_BOUND = "token_not_bound"  # noqa: S105 - the name of a reason
    UNKNOWN_BINDING = "unknown_binding"

    # Scopes
    SCOPE_NOT_GRANTED = (
        "scope_not_granted",
        "A requested scope is unknown or not granted to this client.",
    )
    NO_DEFAULT_SCOPE = (
        "no_default_scope",
        "This client has no default scopes: name those you want in the parameter scope.",
    )

    SCOPE_OF_ANOTHER_RESOURCE = (
        "scope_of_another_resource",
        "A requested scope does not belong to the requested resource.",
    )

    # Resources
    MALFORMED_RESOURCE = (
        "malformed_resource",
        "A resource is an absolute URI without a fragment.",
    )
    RESOURCE_NOT_ALLOWED = (
        "resource_not_allowed",
        "A requested resource is unknown or not allowed for this client.",
    )

    # Introspection and revocation
    MISSING_TOKEN = "missing_token", "The parameter token is missing."
    TOKEN_OF_ANOTHER_CLIENT = (
        "token_of_another_client",
        "The token was issued to another client.",
    )

    # Tokens at a protected resource
    MALFORMED_BEARER = "malformed_bearer", "The Authorization header is malformed."
    MALFORMED_TOKEN = "malformed_token"  # noqa: S105 - the name of a reason
    FOREIGN_TOKEN = "foreign_token"  # noqa: S105 - the name of a reason
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105 - the name of a reason
    WRONG_TYPE = "wrong_type"
    WRONG_ALGORITHM = "wrong_algorithm"
    CRITICAL_HEADER = "critical_header"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    MALFORMED_CLAIMS = "malformed_claims"
    WRONG_AUDIENCE = "wrong_audience"
    NOT_YET_VALID = "not_yet_valid"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the name of a reason
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a reason
    SERVICE_ACCOUNT_INACTIVE = "service_account_inactive"
    MISSING_SCOPE = "missing_scope"

    # Our side
    DATABASE_AWAY = "database_away"
    ISSUER_MISSING = "issuer_missing"
    SIGNING_KEY_MISSING = "signing_key_missing"
    REMOTE_ISSUER_AWAY = "remote_issuer_away"


class OAuthError(Exception):
    """A refusal that has an RFC's name, a status, and a private reason."""

    error: ClassVar[str]
    status: ClassVar[int]
    default_description: ClassVar[str] = ""

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
    """The endpoint takes POST only."""

    status = 405


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
        self, required: Sequence[str], *, client_id: str = "", is_dpop: bool = False
    ) -> None:
        """Name the scopes that the resource requires."""
        super().__init__(Reason.MISSING_SCOPE, client_id=client_id)
        self.is_dpop = is_dpop
        self.required = tuple(required)

    @property
    def description(self) -> str:
        """Name the scopes; they have no character that a challenge could not quote."""
        return f"The access token needs the scope {' '.join(self.required)}."


class TemporarilyUnavailable(OAuthError):
    """A server that we need is away; the same request may succeed later."""

    error = "temporarily_unavailable"
    status = 503
    default_description = "The server is temporarily unable to answer. Try again."
    retry_after_seconds: ClassVar[int] = 5
