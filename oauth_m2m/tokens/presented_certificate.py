"""
The client certificate of a request: from the server's environment, or a trusted proxy's header.

A header from anybody but a proxy in ``TRUSTED_PROXIES`` is an attack: whoever sends it wants
to be taken for another.

https://www.rfc-editor.org/rfc/rfc8705#section-3
https://www.rfc-editor.org/rfc/rfc9440
"""

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import Reason
from oauth_m2m.keys.certificates import MAX_CERTIFICATE_BYTES, Certificate, read_certificate
from oauth_m2m.networks import is_from_trusted_proxy

__all__ = ["CertificateRefused", "is_verified_by_proxy", "presented_certificate"]

_XFCC_CERT: Final = re.compile(r'(?:^|;)Cert="([^"]*)"', re.IGNORECASE)


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
    encoded = _encoded(request)
    if not encoded:
        return None
    try:
        return read_certificate(encoded)
    except ValueError:
        raise CertificateRefused(Reason.MALFORMED_CERTIFICATE) from None


def is_verified_by_proxy(request: HttpRequest) -> bool:
    """
    Whether the certificate's chain was checked, which names in it depend on.

    Apache and nginx say so (``SSL_CLIENT_VERIFY``, or the header that
    ``CLIENT_CERTIFICATE_VERIFY_HEADER`` names); without such a header the proxy must forward
    verified certificates only.
    """
    if "SSL_CLIENT_CERT" in request.META:
        return request.META.get("SSL_CLIENT_VERIFY") == "SUCCESS"
    name = m2m_settings.CLIENT_CERTIFICATE_VERIFY_HEADER
    return not name or request.headers.get(name) == "SUCCESS"


def _encoded(request: HttpRequest) -> bytes:
    # Apache's mod_ssl (SSLOptions +ExportCertData) and uWSGI put it into the environment,
    # where no caller can: headers arrive as HTTP_....
    from_server = request.META.get("SSL_CLIENT_CERT", "")
    name = m2m_settings.CLIENT_CERTIFICATE_HEADER
    from_header = request.headers.get(name, "") if name else ""
    if from_header and not is_from_trusted_proxy(request):
        raise CertificateRefused(Reason.CERTIFICATE_FROM_STRANGER)
    if len(from_header) > 3 * MAX_CERTIFICATE_BYTES:
        raise CertificateRefused(Reason.MALFORMED_CERTIFICATE)
    return from_server.encode() or _decoded(from_header)


def _decoded(header: str) -> bytes:
    if header.startswith(":"):
        return _from_structured_field(header)
    if "=" in header.partition(";")[0].partition('"')[0]:
        return _from_xfcc(header)
    return unquote_to_bytes(header)


def _from_structured_field(header: str) -> bytes:
    # RFC 9440 section 2.2: the DER as a byte sequence, ":base64:".
    try:
        return base64.b64decode(header.strip(":"), validate=True)
    except binascii.Error:
        raise CertificateRefused(Reason.MALFORMED_CERTIFICATE) from None


def _from_xfcc(header: str) -> bytes:
    # Envoy appends an element for each hop; the last is from the proxy next to us.
    element = re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', header)[-1]
    found = _XFCC_CERT.findall(element.strip())
    if len(found) > 1:
        raise CertificateRefused(Reason.MALFORMED_CERTIFICATE)
    return unquote_to_bytes(found[0]) if found else b""
