"""
Sender-constrained tokens: ``cnf`` says which certificate or key a token works with.

https://www.rfc-editor.org/rfc/rfc8705#section-3
https://www.rfc-editor.org/rfc/rfc9449#section-6
"""

from typing import Final

from django.http import HttpRequest

from oauth_m2m.errors import InvalidClient, InvalidDPoPProof, InvalidToken, Reason
from oauth_m2m.tokens.dpop import proven_key
from oauth_m2m.tokens.presented_certificate import (
    CertificateRefused,
    is_forwarded,
    presented_certificate,
)
from oauth_m2m.values import AuthenticatedClient, VerifiedToken

__all__ = ["check_binding", "confirmation_for"]

_KEY: Final = "jkt"
_CERTIFICATE: Final = "x5t#S256"


def confirmation_for(request: HttpRequest, client: AuthenticatedClient) -> dict[str, str] | None:
    """
    Return what a token that *client* gets on *request* must be bound to, or None.

    A DPoP proof binds it to its key; a certificate binds it if the client wants that. Raises
    InvalidDPoPProof, UseDPoPNonce, or InvalidClient for a certificate that is not believed.
    """
    confirmation: dict[str, str] = {}
    jkt = _proven_key(request, client, is_strict=client.is_strict)
    if jkt is not None:
        confirmation[_KEY] = jkt
    # Under the strict profile one of the two is enough, and an API that takes a proof may
    # never see the certificate.
    if client.requires_certificate or (client.binds_to_certificate and jkt is None):
        try:
            certificate = presented_certificate(request)
        except CertificateRefused as refused:
            raise InvalidClient(
                refused.reason, client_id=client.client_id, client_pk=client.pk
            ) from None
        if certificate is not None:
            confirmation[_CERTIFICATE] = certificate.thumbprint
    return confirmation or None


def check_binding(
    token: VerifiedToken, request: HttpRequest, *, presented: str, is_dpop: bool
) -> None:
    """
    Raise an error unless *request* proves what the token's ``cnf`` asks for.

    *presented* is the token's clear text, *is_dpop* whether it came with the DPoP scheme. A
    DPoP-bound token must (section 7.1: never as a bearer), another must not, and a
    confirmation method that we do not know is not met. A certificate header from a stranger
    is refused whatever the token is bound to.
    """
    try:
        is_forwarded(request)
    except CertificateRefused as refused:
        raise _refused(token, refused.reason) from None
    confirmation = token.confirmation or {}
    if not confirmation.keys() <= {_KEY, _CERTIFICATE}:
        raise _refused(token, Reason.UNKNOWN_BINDING)
    if is_dpop and _KEY not in confirmation:
        raise _refused(token, Reason.TOKEN_NOT_BOUND)
    if _CERTIFICATE in confirmation:
        _check_certificate(confirmation[_CERTIFICATE], request, token)
    # Last: a proof is used up by looking at it.
    if _KEY in confirmation:
        proven = _proven_key(request, token, access_token=presented) if is_dpop else None
        if proven != confirmation[_KEY]:
            raise _refused(
                token, Reason.PROOF_MISSING if proven is None else Reason.PROOF_OF_ANOTHER
            )


def _check_certificate(thumbprint: str, request: HttpRequest, token: VerifiedToken) -> None:
    try:
        certificate = presented_certificate(request)
    except CertificateRefused as refused:
        raise _refused(token, refused.reason) from None
    if certificate is None:
        raise _refused(token, Reason.CERTIFICATE_MISSING)
    if certificate.thumbprint != thumbprint:
        raise _refused(token, Reason.CERTIFICATE_OF_ANOTHER)


def _proven_key(
    request: HttpRequest,
    owner: AuthenticatedClient | VerifiedToken,
    *,
    access_token: str | None = None,
    is_strict: bool = False,
) -> str | None:
    try:
        return proven_key(request, access_token=access_token, is_strict=is_strict)
    except InvalidDPoPProof as error:
        # A proof does not say whose it is; the trail and the counts shall.
        error.client_id = owner.client_id
        error.client_pk = owner.pk if isinstance(owner, AuthenticatedClient) else owner.client_pk
        raise


def _refused(token: VerifiedToken, reason: Reason) -> InvalidToken:
    return InvalidToken(reason, client_id=token.client_id, client_pk=token.client_pk)
