"""
The public keys that verify our signed tokens and answers.

https://www.rfc-editor.org/rfc/rfc7517#section-5
"""

from typing import Final

from django.http import HttpRequest

from oauth_m2m.keys.signing import current_ring
from oauth_m2m.views.document import public_document

__all__ = ["JWKS_MAX_AGE_SECONDS", "jwks"]

# Well below the time that a new key is announced before it signs.
JWKS_MAX_AGE_SECONDS: Final = 300

# Whoever asks has just met a key that it does not know; another process may have made it.
RING_MAX_AGE_SECONDS: Final = 1.0


@public_document(max_age_seconds=JWKS_MAX_AGE_SECONDS)
def jwks(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001 - a view's signature
    """Return the keys that are announced, signing, or kept for verification."""
    return {"keys": list(current_ring(RING_MAX_AGE_SECONDS).public_jwks)}
