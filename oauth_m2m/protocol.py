"""
Words and grammars fixed by the RFCs.

https://www.rfc-editor.org/rfc/rfc6749#appendix-A
"""

import re
from typing import Final

CLIENT_CREDENTIALS: Final = "client_credentials"
BEARER: Final = "Bearer"

CLIENT_SECRET_BASIC: Final = "client_secret_basic"  # noqa: S105 - the name of a method
CLIENT_SECRET_POST: Final = "client_secret_post"  # noqa: S105 - the name of a method
PRIVATE_KEY_JWT: Final = "private_key_jwt"
TLS_CLIENT_AUTH: Final = "tls_client_auth"
SELF_SIGNED_TLS_CLIENT_AUTH: Final = "self_signed_tls_client_auth"
# Not registered anywhere: the JWT of another issuer as a client assertion.
WORKLOAD_IDENTITY: Final = "workload_identity"

SECRET_METHODS: Final = (CLIENT_SECRET_BASIC, CLIENT_SECRET_POST)
AUTH_METHODS: Final = (
    *SECRET_METHODS,
    PRIVATE_KEY_JWT,
    TLS_CLIENT_AUTH,
    SELF_SIGNED_TLS_CLIENT_AUTH,
    WORKLOAD_IDENTITY,
)

# RFC 7523 section 2.2.
JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

DPOP: Final = "DPoP"
DPOP_PROOF_TYPE: Final = "dpop+jwt"

# RFC 7518 section 3.1 and RFC 8037 section 3.1. Asymmetric only: whoever can verify a token
# must not be able to make one.
ES256: Final = "ES256"
EDDSA: Final = "EdDSA"
# RFC 9864 section 2.2: the same with the name of its curve, as node's libraries write it.
ED25519: Final = "Ed25519"
RS256: Final = "RS256"
PS256: Final = "PS256"
SIGNING_ALGORITHMS: Final = (ES256, EDDSA, RS256, PS256)

# RFC 9068 section 2.1, RFC 9701 section 5.
# What others may sign with: assertions, proofs, platform tokens. HMAC is not among them.
ASYMMETRIC_ALGORITHMS: Final = (
    ES256,
    "ES384",
    "ES512",
    EDDSA,
    RS256,
    "RS384",
    "RS512",
    PS256,
    "PS384",
    "PS512",
)

# FAPI 2.0 security profile, section 5.4.1.
FAPI2_ALGORITHMS: Final = (PS256, ES256, EDDSA)

ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - a media type
INTROSPECTION_TYPE: Final = "token-introspection+jwt"

# RFC 9068 section 2.2 and RFC 7519 section 4.1: what a claims hook cannot set.
REGISTERED_CLAIMS: Final = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "cnf"}
)

FORM_CONTENT_TYPE: Final = "application/x-www-form-urlencoded"

# RFC 8707 section 2: the parameters that a request may repeat. "audience" is what
# several vendors called "resource" before there was an RFC.
REPEATABLE_PARAMETERS: Final = frozenset({"resource", "audience"})

# Appendix A.4: scope-token = 1*NQCHAR.
SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")

# Appendix A.1: client-id = *VSCHAR. Ours is never empty and fits its column.
CLIENT_ID: Final = re.compile(r"[\x20-\x7E]{1,255}")

# Appendix A.2 says VSCHAR as well. A secret that a person chose elsewhere may have letters
# beyond ASCII; a control character it never has: to PBKDF2, a secret and the same secret with
# NULs behind it are one.
FOREIGN_SECRET: Final = re.compile(r"[^\x00-\x1F\x7F]{1,255}")
