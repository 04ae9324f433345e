"""Clients that prove themselves by signing, and the assertions that they make."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from oauth_m2m.keys.jwk import PrivateKey
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client, ClientKey
from oauth_m2m.operations.client_keys import add_client_keys
from oauth_m2m.protocol import JWT_BEARER
from oauth_m2m.values import Actor
from tests.conftest import Registered
from tests.jose import ISSUER, assemble, private_key
from tests.key_server import jwk

KID = "of the client"
ACTOR = Actor("the tests")


@dataclass
class Signer:
    """A client with a key pair; *registered* is how the server knows it."""

    registered: Registered
    key: PrivateKey = field(repr=False)
    algorithm: str = "ES256"
    kid: str = KID

    @property
    def client(self) -> Client:
        return self.registered.client

    @property
    def client_id(self) -> str:
        return self.registered.client_id

    @property
    def row(self) -> ClientKey:
        return ClientKey.objects.get(client=self.client, kid=self.kid)

    def header(self, **changes: Any) -> dict[str, Any]:
        return without_none({"alg": self.algorithm, "kid": self.kid, **changes})

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return claims good for a minute; None takes one away, a timedelta counts from now."""
        now = int(timezone.now().timestamp())
        changes = {
            name: now + int(value.total_seconds()) if isinstance(value, timedelta) else value
            for name, value in changes.items()
        }
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_hex(8),
        }
        return without_none({**claims, **changes})

    def sign(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        header = self.header() if header is None else header
        return assemble(header, self.claims(**claims), self.key, self.algorithm)

    def form(self, assertion: str | None = None, **more: str) -> dict[str, str]:
        """Return the body of a token request."""
        return {**request_form(self.sign() if assertion is None else assertion), **more}


def request_form(assertion: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
    }


def without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def register_signer(register: Any, algorithm: str = "ES256", **fields: Any) -> Signer:
    """Register a client that may use private_key_jwt, with its public key in the table."""
    registered = register("orders:read", **{"auth_methods": ["private_key_jwt"], **fields})
    signer = Signer(registered, private_key(algorithm), algorithm)
    # Without "alg": an RSA key may then sign by any of its algorithms.
    text = json.dumps(without_none({**jwk(algorithm), "kid": KID, "alg": None}))
    add_client_keys(registered.client, read_pasted_keys(text), actor=ACTOR)
    return signer
