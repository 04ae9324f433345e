"""
Read and verify a JWT strictly, whatever it is for.

Python's JSON keeps the last of two members with one name; another reader may keep the
first, and then the two of them verify different tokens.

https://www.rfc-editor.org/rfc/rfc7519#section-7.2
https://www.rfc-editor.org/rfc/rfc8725#section-3
"""

import base64
import json
import re
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import jwt

from oauth_m2m import protocol
from oauth_m2m.errors import Reason
from oauth_m2m.keys.jwk import with_known_algorithm

__all__ = [
    "LEEWAY_SECONDS",
    "MAX_JWT_LENGTH",
    "JwtRefused",
    "algorithms_of",
    "check_claims",
    "claimed_issuer",
    "claims_as_read",
    "looks_like_jwt",
    "read_jwt",
    "strict_object",
    "verify_jwt",
]

MAX_JWT_LENGTH: Final = 8 * 1024
LEEWAY_SECONDS: Final = 5

# The year 9999: what a datetime can say. A liar's "exp" must not end in an exception.
_LAST_MOMENT: Final = 253_402_300_799
_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")

_TEXTS: Final = ("iss", "sub", "client_id", "jti", "scope")
_MOMENTS: Final = ("iat", "exp", "nbf")


class JwtRefused(Exception):
    """A JWT that is not what it should be; whoever asked gives it its RFC's error."""

    def __init__(self, reason: Reason) -> None:
        """Remember why."""
        super().__init__(reason.value)
        self.reason = reason


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
        claims = claims_as_read(presented)
    except (ValueError, RecursionError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None


def claims_as_read(presented: str) -> Any:
    """
    Return the claims' part of *presented* as any reader of JSON has it: nothing is checked.

    For what looks like a JWT; raises ValueError or RecursionError.
    """
    return json.loads(_decoded(presented.split(".")[1]))


def read_jwt(
    presented: str, types: Collection[str] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return header and claims, neither of them proven.

    Raises JwtRefused for a token that is too long, malformed, of another ``typ`` than one
    of *types* (None: any), that names a member twice, or that has a critical header: we
    understand none. The newer name of EdDSA is read as the older one.
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
    return with_known_algorithm(header), claims


def verify_jwt(
    presented: str,
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    key: jwt.PyJWK,
    *,
    required: Collection[str],
    leeway_seconds: int = LEEWAY_SECONDS,
) -> None:
    """
    Raise JwtRefused unless *key* signed *claims*; expiry and audience are the caller's.

    *header* and *claims* are what read_jwt() read of *presented*: nothing is parsed twice,
    so there are no two readings to differ. The algorithm is one that the key can make,
    asymmetric, and the key's own if it has one; never just the header's. The claims are
    held to what check_claims() says.
    """
    algorithm = header.get("alg")
    if algorithm not in algorithms_of(key):
        raise JwtRefused(Reason.WRONG_ALGORITHM)
    maker = jwt.get_algorithm_by_name(algorithm)
    if not maker.verify(*_signed_parts(presented, key)):
        raise JwtRefused(Reason.WRONG_SIGNATURE)
    check_claims(claims, required=required, leeway_seconds=leeway_seconds)


def check_claims(
    claims: Mapping[str, Any],
    *,
    required: Collection[str],
    leeway_seconds: int = LEEWAY_SECONDS,
) -> None:
    """
    Raise JwtRefused unless *claims*, whose origin is proven, can be what they say.

    The *required* ones are there, those whose kind an RFC fixes are of that kind, and none
    of them begins in the future.
    """
    if not (claims.keys() >= set(required) and _kinds_are_right(claims)):
        raise JwtRefused(Reason.MALFORMED_CLAIMS)
    if max(claims.get("iat", 0), claims.get("nbf", 0)) > time.time() + leeway_seconds:
        raise JwtRefused(Reason.NOT_YET_VALID)


def strict_object(text: str) -> dict[str, Any]:
    """Return the JSON object *text*; raises ValueError, also when it names a member twice."""
    try:
        value = json.loads(text, object_pairs_hook=_each_name_once)
    except RecursionError:
        message = "nested too deeply"
        raise ValueError(message) from None
    if "\\u" in text:
        # Half of a surrogate pair is no character: it ends in an exception wherever a string
        # is encoded, to digest it or to store it.
        json.dumps(value, ensure_ascii=False).encode()
    if not isinstance(value, dict):
        message = "not an object"
        raise ValueError(message)  # noqa: TRY004 - one kind for all that is wrong with a text
    return value


def algorithms_of(key: jwt.PyJWK) -> tuple[str, ...]:
    """Return those of our asymmetric algorithms that *key* can make, or its own one."""
    own = key._jwk_data.get("alg")  # noqa: SLF001 - PyJWK guesses one where the JWK has none
    if own is not None:
        return (own,) if own in protocol.ASYMMETRIC_ALGORITHMS else ()
    if key.key_type == "RSA":
        return tuple(name for name in protocol.ASYMMETRIC_ALGORITHMS if name[:2] in {"RS", "PS"})
    # An EC key has the one algorithm of its curve, and not every curve has one of ours.
    return tuple(name for name in protocol.ASYMMETRIC_ALGORITHMS if name == key.algorithm_name)


def _signed_parts(presented: str, key: jwt.PyJWK) -> tuple[bytes, Any, bytes]:
    signed, _, signature = presented.rpartition(".")
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except ValueError:
        raise JwtRefused(Reason.WRONG_SIGNATURE) from None
    return signed.encode(), key.key, raw


def _kinds_are_right(claims: Mapping[str, Any]) -> bool:
    audience = claims.get("aud", "")
    entries = audience if isinstance(audience, list) else [audience]
    texts = [*(claims[name] for name in _TEXTS if name in claims), *entries]
    moments = [claims[name] for name in _MOMENTS if name in claims]
    return (
        bool(entries)
        and all(isinstance(text, str) for text in texts)
        # The type itself: True is an int as well. NaN is not within any bounds.
        and all(type(moment) in {int, float} for moment in moments)
        and all(0 <= moment <= _LAST_MOMENT for moment in moments)
    )


def _member_object(part: str) -> dict[str, Any]:
    try:
        return strict_object(_decoded(part))
    except ValueError:
        raise JwtRefused(Reason.MALFORMED_TOKEN) from None


def _decoded(part: str) -> str:
    # Decoded here: json.loads would take UTF-16 as well.
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a name stands twice"
        raise ValueError(message)
    return members
