"""
Digests of credentials.

Secrets and tokens that we generate carry 256 random bits, so one SHA-256 is enough:
there is nothing to guess that a slower hash would protect.

https://pages.nist.gov/800-63-3/sp800-63b.html#lookupsecrets
"""

import hashlib
import hmac

__all__ = ["SHA256", "digest_credential", "same_digest"]

SHA256 = "sha256"


def digest_credential(clear: str) -> str:
    """
    Return the SHA-256 of *clear* as 64 hexadecimal digits.

    For access tokens this is also the form of django-oauth-toolkit's
    ``token_checksum``.
    """
    return hashlib.sha256(clear.encode()).hexdigest()


def same_digest(presented: str, stored: str) -> bool:
    """Compare two digests in a time that does not depend on where they differ."""
    return hmac.compare_digest(presented, stored)
