"""
Find the bearer token of a request: in the Authorization header and nowhere else.

https://www.rfc-editor.org/rfc/rfc6750#section-2.1
"""

import re
from typing import Final

from django.http import HttpRequest

from oauth_m2m.errors import MalformedBearer, Reason

__all__ = ["MAX_TOKEN_LENGTH", "bearer_token"]

# What a header of common servers holds anyway; nothing longer is looked at.
MAX_TOKEN_LENGTH: Final = 8 * 1024

# RFC 6750 section 2.1: b64token.
_B64TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


def bearer_token(request: HttpRequest) -> str | None:
    """
    Return the token that *request* presents, or None if it uses no Bearer scheme.

    Raises MalformedBearer for a Bearer header that is not exactly one token; servers join
    two headers into one with a comma, so a doubled header ends here too. A token in the
    query string or the body is not a token.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    presented: str = rest.strip(" ")
    if len(presented) > MAX_TOKEN_LENGTH or not _B64TOKEN.fullmatch(presented):
        raise MalformedBearer(Reason.MALFORMED_BEARER)
    return presented
