"""
Why requests are refused: for the operator, in the log and the audit trail.

https://www.rfc-editor.org/rfc/rfc6749#section-5.2
"""

import enum
from typing import Self

__all__ = ["Reason"]


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
    SECRET_UNUSED = "secret_unused"  # noqa: S105 - the name of a reason
    SECRET_RETIRING = (
        "secret_retiring",
        "This secret is being replaced already. Use the new one.",
    )
    NO_SECRET_TO_ROTATE = (
        "no_secret_to_rotate",
        "Authenticate with the client secret that shall be replaced.",
    )
    SECRET_REVOKED = "secret_revoked"  # noqa: S105 - the name of a reason
    CLIENT_DISABLED = "client_disabled"
    AUTH_METHOD_DISABLED = "auth_method_disabled"
    AUTH_METHOD_NOT_ALLOWED = "auth_method_not_allowed"
    NETWORK_NOT_ALLOWED = "network_not_allowed"
    PROFILE_FORBIDS_SECRETS = "profile_forbids_secrets"
    PROFILE_FORBIDS_ALGORITHM = "profile_forbids_algorithm"

    # Limits
    TOO_MANY_ATTEMPTS = (
        "too_many_attempts",
        "Too many failed attempts came from this address. Try again later.",
    )
    TOO_MANY_REQUESTS = "too_many_requests", "Too many requests. Try again later."
    TOO_MANY_CALLS = "too_many_calls", "Too many calls. Try again later."

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

    # Hand-over links; the page says the same whatever the reason
    HAND_OVER_UNKNOWN = "hand_over_unknown"
    HAND_OVER_EXPIRED = "hand_over_expired"
    HAND_OVER_CLAIMED = "hand_over_claimed"
    HAND_OVER_WITHDRAWN = "hand_over_withdrawn"

    # Reports of leaks
    MALFORMED_REPORT = (
        "malformed_report",
        "The body is not a JSON list of objects with a token and a type.",
    )
    MISSING_SIGNATURE = "missing_signature"

    # Tokens at a protected resource
    METHOD_WITHOUT_SCOPES = "method_without_scopes", "This method is not allowed."
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
    CLAIMS_NOT_ACCEPTED = "claims_not_accepted"
    WRONG_AUDIENCE = "wrong_audience"
    NOT_YET_VALID = "not_yet_valid"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the name of a reason
    TOKEN_INACTIVE = "token_inactive"  # noqa: S105 - the name of a reason
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a reason
    SERVICE_ACCOUNT_INACTIVE = "service_account_inactive"
    PRINCIPAL_REFUSED = "principal_refused"
    MISSING_SCOPE = "missing_scope"

    # Our side
    DATABASE_AWAY = "database_away"
    ISSUER_MISSING = "issuer_missing"
    SIGNING_KEY_MISSING = "signing_key_missing"
    REMOTE_ISSUER_AWAY = "remote_issuer_away"
