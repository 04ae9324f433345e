"""
``tls_client_auth`` and ``self_signed_tls_client_auth``: the client's TLS certificate.

With a certificate authority, the subject or one alternative name must be the registered one;
without, the certificate itself must be registered.

https://www.rfc-editor.org/rfc/rfc8705#section-2
"""

from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.client_auth.standing import admit
from oauth_m2m.client_auth.wanted_scopes import wanted_scopes
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.keys.certificates import Certificate, matches
from oauth_m2m.models.client_lookup import ClientRecord, KeyRecord
from oauth_m2m.models.known_clients import known_client
from oauth_m2m.tokens.presented_certificate import (
    CertificateRefused,
    is_verified,
    presented_certificate,
)
from oauth_m2m.values import AuthenticatedClient

__all__ = ["authenticate", "names", "presented_in"]

names = (protocol.TLS_CLIENT_AUTH, protocol.SELF_SIGNED_TLS_CLIENT_AUTH)

_OTHER_PROOFS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


def presented_in(request: EndpointRequest) -> bool:
    """
    Whether *request* brings a certificate, and no other proof.

    A certificate beside another proof is no second method: it binds the token.
    """
    if request.authorization or _OTHER_PROOFS & request.parameters.keys():
        return False
    try:
        return presented_certificate(request.http) is not None
    except CertificateRefused:
        return True


def authenticate(request: EndpointRequest) -> AuthenticatedClient:
    """Return the client that the certificate belongs to (section 2: client_id is required)."""
    client_id = request.parameters.get("client_id", "")
    certificate = _certificate(request, client_id)
    if not client_id:
        raise InvalidRequest(Reason.MISSING_CLIENT_ID)
    if not protocol.CLIENT_ID.fullmatch(client_id):
        raise InvalidClient(Reason.MALFORMED_CLIENT_ID, client_id=client_id)
    client = known_client(client_id, kid=certificate.thumbprint, wanted=wanted_scopes(request))
    if client is None:
        raise InvalidClient(Reason.UNKNOWN_CLIENT, client_id=client_id)
    method, key_pk = _proven_method(client, certificate, request)
    _check_time(client, certificate)
    return admit(client, method=method, address=request.address, key_pk=key_pk)


def _certificate(request: EndpointRequest, client_id: str) -> Certificate:
    try:
        certificate = presented_certificate(request.http)
    except CertificateRefused as refused:
        raise InvalidClient(refused.reason, client_id=client_id) from None
    assert certificate is not None  # noqa: S101 - presented_in() has seen it
    return certificate


def _proven_method(
    client: ClientRecord, certificate: Certificate, request: EndpointRequest
) -> tuple[str, int | None]:
    registered = _registered(client, certificate)
    allowed = set(client.auth_methods).intersection(m2m_settings.AUTH_METHODS)
    if registered is not None and (
        protocol.SELF_SIGNED_TLS_CLIENT_AUTH in allowed or not client.tls_subject
    ):
        return protocol.SELF_SIGNED_TLS_CLIENT_AUTH, registered.pk
    if not matches(certificate, client.tls_subject):
        raise _refused(client, Reason.CERTIFICATE_OF_ANOTHER)
    if not is_verified(request.http):
        raise _refused(client, Reason.CERTIFICATE_NOT_VERIFIED)
    return protocol.TLS_CLIENT_AUTH, None


def _registered(client: ClientRecord, certificate: Certificate) -> KeyRecord | None:
    key = client.key
    # The key was found by its id, and whoever registers a bare key chooses that.
    if key is None or key.sha256_thumbprint != certificate.thumbprint:
        return None
    if key.revoked_at is not None:
        raise _refused(client, Reason.KEY_REVOKED)
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise _refused(client, Reason.KEY_EXPIRED)
    return key


def _check_time(client: ClientRecord, certificate: Certificate) -> None:
    # Whoever takes certificates that no authority signed often looks at nothing else either.
    now = timezone.now()
    if certificate.not_after < now:
        raise _refused(client, Reason.CERTIFICATE_EXPIRED)
    if certificate.not_before > now:
        raise _refused(client, Reason.NOT_YET_VALID)


def _refused(client: ClientRecord, reason: Reason) -> InvalidClient:
    return InvalidClient(reason, client_id=client.client_id, client_pk=client.pk)
