"""
Client certificates: how they are read, and what they say of their holder.

https://www.rfc-editor.org/rfc/rfc8705#section-2
"""

import base64
import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

__all__ = [
    "MAX_CERTIFICATE_BYTES",
    "SUBJECT_MATCHERS",
    "Certificate",
    "matches",
    "read_certificate",
]

MAX_CERTIFICATE_BYTES: Final = 16 * 1024

# RFC 8705 section 2.1.2, without the "tls_client_auth_" that each begins with.
SUBJECT_MATCHERS: Final = ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")


# What cryptography raises over a certificate that somebody built to break its reader.
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate; *thumbprint* is ``x5t#S256`` in base64url."""

    thumbprint: str
    subject_dn: str
    not_before: datetime
    not_after: datetime
    names: Mapping[str, tuple[str, ...]] = field(repr=False)
    public_key: Any = field(repr=False)
    pem: str = field(repr=False)


def read_certificate(encoded: bytes) -> Certificate:
    """
    Read exactly one certificate, in PEM or DER.

    Raises ValueError for anything else, two certificates included: which of them speaks for
    the client would be a guess.
    """
    if len(encoded) > MAX_CERTIFICATE_BYTES:
        message = "too large"
        raise ValueError(message)
    try:
        found = _load(encoded)
        read = [_read(certificate) for certificate in found[:1]]
    except _UNREADABLE:
        message = "it cannot be read"
        raise ValueError(message) from None
    if len(found) != 1:
        message = "more than one certificate"
        raise ValueError(message)
    return read[0]


def matches(certificate: Certificate, expected: Mapping[str, str]) -> bool:
    """Whether the certificate's subject is the one that *expected* names; exactly one name."""
    if len(expected) != 1:
        return False
    [(matcher, value)] = expected.items()
    if matcher == "subject_dn":
        return _same_dn(certificate.subject_dn, value)
    if matcher == "san_ip":
        return _normal_ip(value) in certificate.names["san_ip"]
    if matcher == "san_dns":
        return value.lower() in certificate.names["san_dns"]
    return value in certificate.names.get(matcher, ())


def _load(encoded: bytes) -> list[x509.Certificate]:
    if encoded.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificates(encoded)
    return [x509.load_der_x509_certificate(encoded)]


def _read(certificate: x509.Certificate) -> Certificate:
    der = certificate.public_bytes(Encoding.DER)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    return Certificate(
        thumbprint=thumbprint,
        subject_dn=certificate.subject.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        names=_alternative_names(certificate),
        public_key=certificate.public_key(),
        pem=certificate.public_bytes(Encoding.PEM).decode(),
    )


def _same_dn(presented: str, expected: str) -> bool:
    try:
        return x509.Name.from_rfc4514_string(presented) == x509.Name.from_rfc4514_string(expected)
    except ValueError:
        return False


def _normal_ip(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return ""


def _alternative_names(certificate: x509.Certificate) -> dict[str, tuple[str, ...]]:
    try:
        extension = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        )
    except x509.ExtensionNotFound:
        return dict.fromkeys(SUBJECT_MATCHERS[1:], ())
    names = extension.value
    assert isinstance(names, x509.SubjectAlternativeName)  # noqa: S101 - the OID says so
    return {
        "san_dns": tuple(name.lower() for name in names.get_values_for_type(x509.DNSName)),
        "san_uri": tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
        "san_ip": tuple(map(str, names.get_values_for_type(x509.IPAddress))),
        "san_email": tuple(names.get_values_for_type(x509.RFC822Name)),
    }
