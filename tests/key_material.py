"""Keys and certificates as people hold them: texts to paste, or to put into a file."""

import json
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from django.utils import timezone

from oauth_m2m.keys.jwk import PrivateKey, private_pem, public_jwk
from tests.jose import private_key

PRIVATE_KEY_SENTENCE = (
    "That is a private key. It was not stored, but it has left its owner: make a new pair, and"
    " paste its public half only."
)


def jwk_text(number: int = 0, **changes: str) -> str:
    return json.dumps({**public_jwk(private_key("ES256", number), "ES256"), **changes})


def jwks_text(*kids: str) -> str:
    keys = [json.loads(jwk_text(number, kid=kid)) for number, kid in enumerate(kids)]
    return json.dumps({"keys": keys})


def public_pem(number: int = 0) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = private_key("ES256", number).public_key()
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def private_pem_text() -> str:
    return private_pem(private_key("ES256")).decode()


def certificate_pem(
    name: str = "orders", *, days: float = 365, begins: datetime | None = None, number: int = 0
) -> str:
    """Return a certificate that signs itself and ends *days* after it *begins*."""
    key: PrivateKey = private_key("ES256", number)
    begins = begins or timezone.now() - timedelta(hours=1)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
    )
    certificate = builder.sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
