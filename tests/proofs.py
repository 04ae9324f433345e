"""DPoP proofs, good and bad."""

import base64
import hashlib
from typing import Any
from uuid import uuid4

from django.utils import timezone

from oauth_m2m.keys.jwk import public_jwk, thumbprint
from tests.jose import assemble, private_key

TOKEN_URL = "https://auth.example.com/oauth/token"
ORDERS_URL = "https://auth.example.com/api/orders/"


def bare_jwk(algorithm: str = "ES256", number: int = 0) -> dict[str, Any]:
    """Return a public key with the members that make it what it is."""
    jwk = public_jwk(private_key(algorithm, number), algorithm)
    return {name: value for name, value in jwk.items() if name not in {"kid", "alg", "use"}}


def jkt(algorithm: str = "ES256", number: int = 0) -> str:
    return thumbprint(bare_jwk(algorithm, number))


def ath(token: str) -> str:
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def proof(
    *,
    algorithm: str = "ES256",
    number: int = 0,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """Return a proof for the token endpoint; None takes a member away."""
    members = {
        "typ": "dpop+jwt",
        "alg": algorithm,
        "jwk": bare_jwk(algorithm, number),
        **(header or {}),
    }
    said = {
        "jti": uuid4().hex,
        "htm": "POST",
        "htu": TOKEN_URL,
        "iat": int(timezone.now().timestamp()),
        **claims,
    }
    key = private_key(algorithm, number)
    return assemble(_without_none(members), _without_none(said), key, algorithm)


def proof_for(token: str, **changes: Any) -> str:
    """Return a proof for a GET of the orders API with *token*."""
    return proof(**{"htm": "GET", "htu": ORDERS_URL, "ath": ath(token), **changes})


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
