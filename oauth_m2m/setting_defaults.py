"""
What each key of ``OAUTH_M2M`` is when a project does not say.

``docs/reference/settings.md`` says what each means; a test holds the two together.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from oauth_m2m import protocol

__all__ = ["DEFAULTS"]

DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "ISSUER": "",
        "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
        "TOKEN_FORMAT": "opaque",
        "SIGNING_ALGORITHM": protocol.ES256,
        "SIGNING_KEYS": (),
        "KEY_ENCRYPTION_KEYS": (),
        "DEFAULT_AUDIENCE": "",
        "ACCEPTED_AUDIENCES": (),
        "EXTRA_CLAIMS": None,
        "PRINCIPAL": None,
        "REVOCATION_REFRESH_SECONDS": 5,
        "CLIENT_CACHE_SECONDS": 0,
        "VERIFICATION_CACHE_SECONDS": 0,
        "REMOTE_ISSUERS": MappingProxyType({}),
        "JWKS_ALLOWED_NETWORKS": (),
        "ASSERTION_MAX_LIFETIME": timedelta(minutes=5),
        "PROFILE": "",
        "DPOP_REQUIRE_NONCE": False,
        "CLIENT_CERTIFICATE_HEADER": "",
        "CLIENT_CERTIFICATE_VERIFY_HEADER": "",
        "SECRET_PREFIX": "m2ms_",
        "TOKEN_PREFIX": "m2mt_",
        "SECRET_LIFETIME": None,
        "ROTATION_OVERLAP": timedelta(hours=24),
        "HAND_OVER_LIFETIME": timedelta(hours=72),
        "ROTATION_REMINDER": timedelta(days=365),
        "CLIENT_ROTATION": "off",
        "REQUIRE_HTTPS": None,
        "AUTH_METHODS": protocol.AUTH_METHODS,
        "TRUSTED_PROXIES": (),
        "PROTECTED_PATHS": MappingProxyType({}),
        "ACCEPT_IMPORTED_TOKENS": False,
        "TOKEN_ENDPOINT_RATE": MappingProxyType({"address": "30/m", "client": ""}),
        "RATE_LIMIT_MODE": "enforce",
        "SECRET_SCANNING": "off",
        "SECRET_SCANNING_KEYS_URL": "https://api.github.com/meta/public_keys/secret_scanning",
        "AUDIT_RETENTION": None,
        "METRICS_CLIENT_ATTRIBUTE": True,
        "OWNERS_SEE_ONLY_THEIR_OWN": False,
    }
)
