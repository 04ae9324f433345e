"""A service that looks for leaks, as GitHub does: it signs its reports and publishes its keys."""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.key_server import KeyServer


class Scanner:
    """Signs with one key; *document* is what it publishes of it."""

    def __init__(self, curve: ec.EllipticCurve | None = None) -> None:
        self.key = ec.generate_private_key(curve or ec.SECP256R1())
        self.pem = (
            self.key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )
        self.identifier = hashlib.sha256(self.pem.encode()).hexdigest()

    @property
    def entry(self) -> dict[str, Any]:
        return {"key_identifier": self.identifier, "key": self.pem, "is_current": True}

    def signature(self, body: bytes) -> str:
        return base64.b64encode(self.key.sign(body, ec.ECDSA(hashes.SHA256()))).decode()

    def headers(self, body: bytes) -> dict[str, str]:
        return {
            "GITHUB-PUBLIC-KEY-IDENTIFIER": self.identifier,
            "GITHUB-PUBLIC-KEY-SIGNATURE": self.signature(body),
        }


def document(*entries: Any) -> bytes:
    return json.dumps({"public_keys": list(entries)}).encode()


def publish(server: KeyServer, *scanners: Scanner) -> None:
    server.body = document(*(scanner.entry for scanner in scanners))
