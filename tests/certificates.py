"""Client certificates, as an authority or their own holder would make them."""

import base64
import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from oauth_m2m.keys.jwk import private_pem

DAY = timedelta(days=1)
PROXY = "192.0.2.1"
HEADER = "X-Client-Cert"
VERIFY = "X-Client-Verify"
BEHIND_PROXY = {
    "TRUSTED_PROXIES": [PROXY],
    "CLIENT_CERTIFICATE_HEADER": HEADER,
    "CLIENT_CERTIFICATE_VERIFY_HEADER": VERIFY,
}


@dataclass(frozen=True)
class Holder:
    """A certificate with its private key, and its forms on the wire."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return private_pem(self.key).decode()

    @property
    def thumbprint(self) -> str:
        digest = hashlib.sha256(self.der).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def escaped(self) -> str:
        """The header that nginx makes of ``$ssl_client_escaped_cert``."""
        return quote(self.pem, safe="")

    @property
    def byte_sequence(self) -> str:
        """The ``Client-Cert`` header of RFC 9440."""
        return f":{base64.b64encode(self.der).decode()}:"

    @property
    def xfcc(self) -> str:
        """The element of Envoy's ``x-forwarded-client-cert``."""
        digest = hashlib.sha256(self.der).hexdigest()
        return f'By=spiffe://mesh/api;Hash={digest};Cert="{self.escaped}";Subject="CN=\\"a, b\\""'

    def through_proxy(self, verified: str = "SUCCESS", **more: str) -> dict[str, Any]:
        """Return what a test client sends as the trusted proxy, for this caller."""
        return {
            "REMOTE_ADDR": PROXY,
            "headers": {HEADER: self.escaped, VERIFY: verified, **more},
        }


def make_certificate(
    subject: str = "CN=orders,O=Example",
    names: Sequence[x509.GeneralName] = (),
    *,
    begins: timedelta = -DAY,
    ends: timedelta = DAY,
    issuer: Holder | None = None,
    is_authority: bool = False,
) -> Holder:
    """Make a certificate; *begins* and *ends* count from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name.from_rfc4514_string(subject), datetime.now(UTC)
    issued_by = name if issuer is None else issuer.certificate.subject
    builder = x509.CertificateBuilder(
        issued_by, name, key.public_key(), x509.random_serial_number()
    )
    builder = builder.not_valid_before(now + begins).not_valid_after(now + ends)
    if is_authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)  # noqa: FBT003 - cryptography's signature
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Holder(builder.sign(key if issuer is None else issuer.key, hashes.SHA256()), key)


def revocation_list(authority: Holder, *revoked: Holder) -> str:
    """Return the list, as PEM, in which *authority* names what it has *revoked*."""
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder(authority.certificate.subject)
    builder = builder.last_update(now - DAY).next_update(now + DAY)
    for holder in revoked:
        entry = x509.RevokedCertificateBuilder(holder.certificate.serial_number, now - DAY)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


EVERY_NAME = (
    x509.DNSName("Orders.example.com"),
    x509.UniformResourceIdentifier("spiffe://example.com/orders"),
    x509.IPAddress(ipaddress.ip_address("2001:db8::7")),
    x509.RFC822Name("orders@example.com"),
)
