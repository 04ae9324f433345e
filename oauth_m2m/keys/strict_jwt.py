"""
Read and verify a JWT strictly, whatever it is for.

Python's JSON keeps the last of two members with one name; another reader may keep the
first, and then the two of them verify different tokens.

https://www.rfc-editor.org/rfc/rfc7519#section-7.2
https://www.rfc-editor.org/rfc/rfc8725#section-3
"""

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import jwt

from oauth_m2m import protocol
from oauth_m2m.errors import Reason

__all__ = [
    "LEEWAY_SECONDS",
    "MAX_JWT_LENGTH",
    "JwtRefused",
    "looks_like_jwt",
    "read_jwt",
    "verify_jwt",
]

MAX_JWT_LENGTH: Final = 8 * 1024
LEEWAY_SECONDS: Final = 5

# The year 9999: what a datetime can say. A liar's "exp" must not end in an exception.
_LAST_MOMENT: Final = 253_402_300_799
_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


class JwtRefused(Exception):
    """A JWT that is not what it should be; whoever asked gives it its RFC's error."""

    def __init__(self, reason: Reason) -> None:
        """Remember why."""
        super().__init__(reason.value)
        self.reason = reason


def looks_like_jwt(presented: str) -> bool:
    """Whether *presented* has the three parts of a signed JWT."""
    return len(presented) <= MAX_JWT_LENGTH and _JWT.fullmatch(presented) is not None


def read_jwt(
    presented: str, types: Collection[str] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return header and claims, neither of them proven.

    Raises JwtRefused for a token that is too long, malformed, of another ``typ`` than one
    of *types* (None: any), that names a member twice, or that has a critical header: we
    understand none.
    """
    if not looks_like_jwt(presented):
        raise JwtRefused(Reason.MALFORMED_TOKEN)
    header_part, claims_part, _ = presented.split(".")
    header, claims = _member_object(header_part), _member_object(claims_part)
    if "crit" in header:
        raise JwtRefused(Reason.CRITICAL_HEADER)
    typ = header.get("typ")
    if types is not None and (
        not isinstance(typ, str) or typ.lower().removeprefix("application/") not in types
    ):
        raise JwtRefused(Reason.WRONG_TYPE)
    return header, claims


def verify_jwt(
    presented: str,
    header: Mapping[str, Any],
    key: jwt.PyJWK,
    *,
    required: Collection[str],
    leeway_seconds: int = LEEWAY_SECONDS,
) -> dict[str, Any]:
    """
    Return the claims if *key* made the signature; expiry and audience are the caller's.

    The algorithm is one that the key can make, asymmetric, and the key's own if it has one;
    never just the header's. The *required* claims are there, and those that the RFC fixes
    the kind of are of that kind. Raises JwtRefused.
    """
    algorithm = header.get("alg")
    if algorithm not in _algorithms_of(key):
        raise JwtRefused(Reason.WRONG_ALGORITHM)
    options: Any = {"require": list(required), "verify_aud": False, "verify_exp": False}
    try:
        claims: dict[str, Any] = jwt.decode(
            presented, key.key, algorithms=[algorithm], leeway=leeway_seconds, options=options
        )
    except jwt.InvalidSignatureError:
        raise JwtRefused(Reason.WRONG_SIGNATURE) from None
    except jwt.ImmatureSignatureError:
        raise JwtRefused(Reason.NOT_YET_VALID) from None
    except jwt.PyJWTError:
        raise JwtRefused(Reason.MALFORMED_CLAIMS) from None
    if not _kinds_are_right(claims):
        raise JwtRefused(Reason.MALFORMED_CLAIMS)
    return claims


def _algorithms_of(key: jwt.PyJWK) -> tuple[str, ...]:
    own = key._jwk_data.get("alg")  # noqa: SLF001 - PyJWK guesses one where the JWK has none
    if own is not None:
        return (own,) if own in protocol.ASYMMETRIC_ALGORITHMS else ()
    if key.key_type == "RSA":
        return tuple(name for name in protocol.ASYMMETRIC_ALGORITHMS if name[:2] in {"RS", "PS"})
    return (key.algorithm_name,) if key.key_type in {"EC", "OKP"} else ()


def _kinds_are_right(claims: Mapping[str, Any]) -> bool:
    texts = ("iss", "sub", "client_id", "jti")
    numbers = ("iat", "exp", "nbf")
    audience = claims.get("aud", [])
    entries = audience if isinstance(audience, list) else [audience]
    return (
        all(isinstance(claims[name], str) for name in texts if name in claims)
        and all(_is_moment(claims[name]) for name in numbers if name in claims)
        and all(isinstance(entry, str) for entry in entries)
    )


def _is_moment(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= _LAST_MOMENT  # type: ignore[operator] # proven a number


def _member_object(part: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = json.loads(raw, object_pairs_hook=_each_name_once)
    except (binascii.Error, ValueError, RecursionError):
        raise JwtRefused(Reason.MALFORMED_TOKEN) from None
    if not isinstance(value, dict):
        raise JwtRefused(Reason.MALFORMED_TOKEN)
    return value


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a name stands twice"
        raise ValueError(message)
    return members
