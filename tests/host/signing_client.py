"""A client of a served site that proves itself by signing."""

import json
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

from tests.assertions import request_form
from tests.host.site import Deployment
from tests.jose import assemble, private_key
from tests.key_server import jwk

__all__ = ["SigningClient", "register_signing_client"]


@dataclass(frozen=True)
class SigningClient:
    """What it calls itself, and whom it asks."""

    client_id: str
    issuer: str

    def form(self, **changes: Any) -> dict[str, str]:
        """Return a token request with a fresh assertion."""
        key, now = jwk(), int(time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer}
        claims |= {"iat": now, "exp": now + 60, "jti": uuid4().hex, **changes}
        header = {"alg": "ES256", "kid": key["kid"]}
        return request_form(assemble(header, claims, private_key("ES256")))


def register_signing_client(site: Deployment, folder: Path) -> SigningClient:
    """Register a client that has a key and no secret."""
    path = folder / "jwks.json"
    path.write_text(json.dumps({"keys": [jwk()]}))
    keys = ("--auth-method", "private_key_jwt", "--jwks", str(path), "--no-secret")
    scopes = ("--scope", "orders:read", "--create-scopes")
    return SigningClient(site.register(*keys, *scopes)["client_id"], site.issuer)
