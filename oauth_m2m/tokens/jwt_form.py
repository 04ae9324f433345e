"""
Read a JWT strictly, before anything in it is believed.

Python's JSON keeps the last of two members with one name; another reader may keep the
first, and then the two of them verify different tokens.

https://www.rfc-editor.org/rfc/rfc7519#section-4
https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11
"""

import base64
import json
import re
from typing import Any, Final

from oauth_m2m import protocol
from oauth_m2m.errors import InvalidToken, Reason

__all__ = ["MAX_JWT_LENGTH", "claimed_issuer", "looks_like_jwt", "read_jwt"]

MAX_JWT_LENGTH: Final = 8 * 1024

_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


def looks_like_jwt(presented: str) -> bool:
    """Whether *presented* has the three parts of a signed JWT."""
    return len(presented) <= MAX_JWT_LENGTH and _JWT.fullmatch(presented) is not None


def claimed_issuer(presented: str) -> str | None:
    """
    Return who *presented* claims to be from, unproven; None if it is no JWT that says so.

    Not strict: whatever else is wrong with a token of ours, it is ours to refuse.
    """
    if not looks_like_jwt(presented):
        return None
    try:
        claims = json.loads(_decoded(presented.split(".")[1]))
    except (ValueError, RecursionError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None


def read_jwt(
    presented: str, types: tuple[str, ...] = (protocol.ACCESS_TOKEN_TYPE,)
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return header and claims, neither of them proven.

    Raises InvalidToken for a token that is too long, malformed, of another ``typ`` than one
    of *types* (an ID token is no access token), that names a member twice, or that has a
    critical header: we understand none.
    """
    if not looks_like_jwt(presented):
        raise InvalidToken(Reason.MALFORMED_TOKEN)
    header_part, claims_part, _ = presented.split(".")
    header, claims = _member_object(header_part), _member_object(claims_part)
    if "crit" in header:
        raise InvalidToken(Reason.CRITICAL_HEADER)
    typ = header.get("typ")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in types:
        raise InvalidToken(Reason.WRONG_TYPE)
    return header, claims


def _member_object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(part), object_pairs_hook=_each_name_once)
    except (ValueError, RecursionError):
        raise InvalidToken(Reason.MALFORMED_TOKEN) from None
    if not isinstance(value, dict):
        raise InvalidToken(Reason.MALFORMED_TOKEN)
    return value


def _decoded(part: str) -> str:
    # Decoded here: json.loads would take UTF-16 as well.
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a name stands twice"
        raise ValueError(message)
    return members
