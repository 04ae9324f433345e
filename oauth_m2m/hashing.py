"""
Digests of credentials.

Secrets and tokens that we generate carry 256 random bits, so one SHA-256 is enough:
there is nothing to guess that a slower hash would protect. A secret that was imported as a
password hash of Django's is slow until its first use, when it becomes a SHA-256 as well.

https://pages.nist.gov/800-63-3/sp800-63b.html#lookupsecrets
"""

import hashlib
import hmac

from django.contrib.auth.hashers import check_password

__all__ = ["DJANGO", "SHA256", "digest_credential", "is_hash_of", "same_digest"]

SHA256 = "sha256"
DJANGO = "django"


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


def is_hash_of(presented: str, stored: str) -> bool:
    """
    Whether *stored* is a password hash of Django's of *presented*; takes as long as it takes.

    A hasher that the project has not, or not any more, proves nothing.
    """
    try:
        return check_password(presented, stored)
    except ValueError:  # the library behind the hasher is gone
        return False
