"""
Sender-constrained tokens: ``cnf`` says which certificate or key a token works with.

https://www.rfc-editor.org/rfc/rfc8705#section-3
https://www.rfc-editor.org/rfc/rfc9449#section-6
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from oauth_m2m.errors import InvalidClient, InvalidToken, Reason
from oauth_m2m.tokens.dpop import proven_key
from oauth_m2m.tokens.presented_certificate import CertificateRefused, presented_certificate

__all__ = ["check_binding", "confirmation_for"]


def confirmation_for(request: HttpRequest, *, wants_certificate: bool) -> dict[str, str] | None:
    """
    Return what a token that is issued on *request* must be bound to, or None.

    A DPoP proof binds it to its key; a certificate binds it if *wants_certificate*. Raises
    InvalidDPoPProof, UseDPoPNonce, or InvalidClient for a certificate that is not believed.
    """
    try:
        # Looked at even when nothing hangs on it: a forged header is an attack all the same.
        certificate = presented_certificate(request)
    except CertificateRefused as refused:
        raise InvalidClient(refused.reason) from None
    jkt = proven_key(request)
    if jkt is not None:
        return {"jkt": jkt}
    if wants_certificate and certificate is not None:
        return {"x5t#S256": certificate.thumbprint}
    return None


def check_binding(
    confirmation: Mapping[str, Any] | None,
    request: HttpRequest,
    *,
    presented: str,
    is_dpop: bool,
    client_id: str,
) -> None:
    """
    Raise an error unless *request* proves what the token's ``cnf`` asks for.

    A DPoP-bound token must come with the DPoP scheme (section 7.1: never as a bearer), and
    a confirmation method that we do not know is not met.
    """
    if not confirmation:
        if is_dpop:
            raise InvalidToken(Reason.TOKEN_NOT_BOUND, client_id=client_id)
        return
    if not confirmation.keys() <= {"jkt", "x5t#S256"}:
        raise InvalidToken(Reason.UNKNOWN_BINDING, client_id=client_id)
    if "jkt" in confirmation:
        _check_key(confirmation["jkt"], request, presented, client_id=client_id, is_dpop=is_dpop)
    if "x5t#S256" in confirmation:
        _check_certificate(confirmation["x5t#S256"], request, client_id)


def _check_key(
    jkt: str, request: HttpRequest, presented: str, *, client_id: str, is_dpop: bool
) -> None:
    proven = proven_key(request, access_token=presented) if is_dpop else None
    if proven != jkt:
        raise InvalidToken(Reason.PROOF_MISSING, client_id=client_id)


def _check_certificate(thumbprint: str, request: HttpRequest, client_id: str) -> None:
    try:
        certificate = presented_certificate(request)
    except CertificateRefused as refused:
        raise InvalidToken(refused.reason, client_id=client_id) from None
    if certificate is None or certificate.thumbprint != thumbprint:
        raise InvalidToken(Reason.CERTIFICATE_OF_ANOTHER, client_id=client_id)
