"""
Find the token of a request: in the Authorization header and nowhere else.

https://www.rfc-editor.org/rfc/rfc6750#section-2.1
https://www.rfc-editor.org/rfc/rfc9449#section-7.1
"""

import re
from dataclasses import dataclass, field
from typing import Final

from django.http import HttpRequest

from oauth_m2m.errors import MalformedBearer, Reason

__all__ = ["MAX_TOKEN_LENGTH", "PresentedToken", "presented_token", "presents_token"]

# What a header of common servers holds anyway; nothing longer is looked at.
MAX_TOKEN_LENGTH: Final = 8 * 1024

_SCHEMES: Final = frozenset({"bearer", "dpop"})

# RFC 6750 section 2.1: b64token.
_B64TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token as it was presented; *is_dpop* if by the DPoP scheme, else it is a bearer's."""

    text: str = field(repr=False)
    is_dpop: bool


def presents_token(request: HttpRequest) -> bool:
    """Whether *request* uses Bearer or DPoP, however badly."""
    scheme, _ = _authorization(request)
    return scheme in _SCHEMES


def presented_token(request: HttpRequest) -> PresentedToken | None:
    """
    Return the token that *request* presents, or None if it uses neither Bearer nor DPoP.

    Raises MalformedBearer for a header that is not exactly one token; servers join two
    headers into one with a comma, so a doubled header ends here too. A token in the query
    string or the body is not a token.
    """
    scheme, text = _authorization(request)
    if scheme not in _SCHEMES:
        return None
    if len(text) > MAX_TOKEN_LENGTH or not _B64TOKEN.fullmatch(text):
        raise MalformedBearer(Reason.MALFORMED_BEARER)
    return PresentedToken(text, is_dpop=scheme == "dpop")


def _authorization(request: HttpRequest) -> tuple[str, str]:
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, rest = header.partition(" ")
    return scheme.lower(), rest.strip(" ")
