"""JWTs with anything in them, as an attacker or another server would make them."""

import base64
import json
from functools import cache
from typing import Any

from django.utils import timezone
from jwt.algorithms import get_default_algorithms

from oauth_m2m.keys.jwk import PrivateKey, generate_private_key
from oauth_m2m.keys.signing import signing_handle

ISSUER = "https://auth.example.com"
CLIENT_ID = "billing"


def private_key(algorithm: str, number: int = 0) -> PrivateKey:
    """Return a key that stays the same for the whole run: RSA keys take long to make."""
    return _made_once(algorithm, number)


@cache
def _made_once(algorithm: str, _number: int) -> PrivateKey:
    return generate_private_key(algorithm)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of *token*, whoever signed it."""
    header, claims, _ = token.split(".")
    return read(header), read(claims)


def assemble(header: dict | str, claims: dict | str, key: Any, algorithm: str = "ES256") -> str:
    """Sign *header* and *claims*, objects or JSON as it shall stand there, with *key*."""
    signed = f"{_segment(header)}.{_segment(claims)}"
    maker = get_default_algorithms()[algorithm]
    return f"{signed}.{b64(maker.sign(signed.encode(), maker.prepare_key(key)))}"


def our_header(**changes: Any) -> dict[str, Any]:
    """Return the header of a token of ours; None takes a member away."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": signing_handle("ES256").kid, **changes}
    return {name: value for name, value in header.items() if value is not None}


def good_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a token that is good for ten minutes; None takes one away."""
    now = int(timezone.now().timestamp())
    claims = {
        "iss": ISSUER,
        "sub": CLIENT_ID,
        "aud": ISSUER,
        "client_id": CLIENT_ID,
        "scope": "orders:read",
        "iat": now,
        "exp": now + 600,
        "jti": "a token id",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def with_member(members: dict[str, Any], member: str) -> str:
    """Return *members* as JSON with *member* at the end, as it stands."""
    return f"{json.dumps(members)[:-1]}, {member}}}"


def signed_by_us(header: dict | str, claims: dict | str) -> str:
    """Sign with the key that signs our tokens now."""
    return assemble(header, claims, signing_handle("ES256").private_key)


def _segment(value: dict | str) -> str:
    return b64((value if isinstance(value, str) else json.dumps(value)).encode())
