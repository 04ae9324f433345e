"""
The client certificate of a request: from the server's environment, or a trusted proxy's header.

A header from anybody but a proxy in ``TRUSTED_PROXIES`` is an attack: whoever sends it wants
to be taken for another.

https://www.rfc-editor.org/rfc/rfc8705#section-3
https://www.rfc-editor.org/rfc/rfc9440
"""

import base64
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import Reason
from oauth_m2m.keys.certificates import MAX_CERTIFICATE_BYTES, Certificate, read_certificate
from oauth_m2m.networks import is_from_trusted_proxy

__all__ = [
    "CertificateRefused",
    "is_forwarded",
    "is_verified",
    "presented_certificate",
]

# Percent-encoding makes three characters of one.
_MAX_HEADER_LENGTH: Final = 3 * MAX_CERTIFICATE_BYTES

# RFC 9440 section 2.1: the DER as a byte sequence, ":base64:".
_BYTE_SEQUENCE: Final = re.compile(r":([A-Za-z0-9+/]+=*):")

# One pair of an element of Envoy's x-forwarded-client-cert, and what stands behind it.
_XFCC_PAIR: Final = re.compile(
    r'(By|Hash|Cert|Chain|Subject|URI|DNS)=(?:"((?:[^"\\]|\\.)*)"|([^"\\;,]*))(;|$)',
    re.IGNORECASE,
)
_REPEATED_IN_XFCC: Final = frozenset({"by", "uri", "dns"})


class CertificateRefused(Exception):
    """A certificate that cannot be believed or read."""

    def __init__(self, reason: Reason) -> None:
        """Remember why."""
        super().__init__(reason.value)
        self.reason = reason


def presented_certificate(request: HttpRequest) -> Certificate | None:
    """
    Return the certificate of *request*, or None if it has none; raises CertificateRefused.

    Whoever ended TLS has checked that the caller holds its private key.
    """
    encoded = _forwarded(request) if is_forwarded(request) else _from_server(request)
    if not encoded:
        return None
    try:
        return read_certificate(encoded)
    except ValueError:
        raise CertificateRefused(Reason.MALFORMED_CERTIFICATE) from None


def is_forwarded(request: HttpRequest) -> bool:
    """
    Whether a trusted proxy speaks for the caller, so that its header counts and nothing else.

    The certificate that such a proxy shows to our own server is the proxy's: taken for the
    caller's, it would be everybody's. Raises CertificateRefused when a stranger sends the
    header.
    """
    name = m2m_settings.CLIENT_CERTIFICATE_HEADER
    if not name:
        return False
    if is_from_trusted_proxy(request):
        return True
    if request.headers.get(name):
        raise CertificateRefused(Reason.CERTIFICATE_FROM_STRANGER)
    return False


def is_verified(request: HttpRequest) -> bool:
    """
    Whether the certificate's chain was checked, which names in it depend on.

    Our own server says so in ``SSL_CLIENT_VERIFY``, a proxy in the header that
    ``CLIENT_CERTIFICATE_VERIFY_HEADER`` names; no word is a no. Raises CertificateRefused as
    is_forwarded() does.
    """
    if not is_forwarded(request):
        return request.META.get("SSL_CLIENT_VERIFY") == "SUCCESS"
    name = m2m_settings.CLIENT_CERTIFICATE_VERIFY_HEADER
    return name != "" and request.headers.get(name) == "SUCCESS"


def _from_server(request: HttpRequest) -> bytes:
    # Apache's mod_ssl (SSLOptions +ExportCertData) and uWSGI put it into the environment,
    # where no caller can: headers arrive as HTTP_....
    encoded: str = request.META.get("SSL_CLIENT_CERT", "")
    return encoded.encode()


def _forwarded(request: HttpRequest) -> bytes:
    header = request.headers.get(m2m_settings.CLIENT_CERTIFICATE_HEADER, "").strip()
    if len(header) > _MAX_HEADER_LENGTH:
        raise CertificateRefused(Reason.MALFORMED_CERTIFICATE)
    if not header or header.startswith("-----BEGIN"):
        return unquote_to_bytes(header)
    try:
        return _from_byte_sequence(header) if header.startswith(":") else _from_xfcc(header)
    except ValueError:
        raise CertificateRefused(Reason.MALFORMED_CERTIFICATE) from None


def _from_byte_sequence(header: str) -> bytes:
    found = _BYTE_SEQUENCE.fullmatch(header)
    if found is None:
        message = "not one byte sequence"
        raise ValueError(message)
    return base64.b64decode(found[1], validate=True)


def _from_xfcc(header: str) -> bytes:
    # Exactly one element: of several, all but one were written by others, and a comma in a
    # name of the caller's certificate, which Envoy does not escape, makes one more.
    pairs: dict[str, str] = {}
    position = 0
    while position < len(header):
        pair = _XFCC_PAIR.match(header, position)
        name = "" if pair is None else pair[1].lower()
        if pair is None or (name in pairs and name not in _REPEATED_IN_XFCC):
            message = "not one element"
            raise ValueError(message)
        pairs[name] = pair[2] or pair[3] or ""
        position = pair.end()
    encoded = unquote_to_bytes(pairs.get("cert", ""))
    # A semicolon in such a name would add a certificate where Envoy sends none; the digest
    # is always there and is that of the caller's own.
    if encoded and _der_digest(encoded) != pairs.get("hash", "").lower():
        message = "not the certificate that was digested"
        raise ValueError(message)
    return encoded


def _der_digest(pem: bytes) -> str:
    thumbprint = read_certificate(pem).thumbprint
    return base64.urlsafe_b64decode(thumbprint + "=").hex()
