"""
``private_key_jwt``: the client signs an assertion about itself with its own key.

https://www.rfc-editor.org/rfc/rfc7523#section-2.2
https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db import router
from django.utils import timezone
from jwt import PyJWK

from oauth_m2m import protocol
from oauth_m2m.client_auth.assertions import (
    ASSERTION_LEEWAY_SECONDS,
    UnverifiedAssertion,
    accepted_audiences,
    check_audience,
    check_time,
    longest_lifetime,
    read_assertion,
    record_use_once,
)
from oauth_m2m.client_auth.standing import admit
from oauth_m2m.client_auth.wanted_scopes import wanted_scopes
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.keys.remote_jwks import RemoteKeysUnavailableError, remote_keys
from oauth_m2m.keys.strict_jwt import JwtRefused, verify_jwt
from oauth_m2m.models import ClientKey
from oauth_m2m.models.client_lookup import ClientRecord
from oauth_m2m.models.known_clients import known_client
from oauth_m2m.values import AuthenticatedClient

__all__ = ["authenticate", "names", "presented_in"]

names = (protocol.PRIVATE_KEY_JWT,)

_MAX_TRIED_KEYS: Final = 10
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "jti")


def presented_in(request: EndpointRequest) -> bool:
    """
    Whether *request* has an assertion in which a client vouches for itself.

    What cannot be read counts as one: it ends in ``invalid_client`` here.
    """
    if not {"client_assertion", "client_assertion_type"} & request.parameters.keys():
        return False
    try:
        return read_assertion(request).is_own
    except (InvalidClient, InvalidRequest):
        return True


def authenticate(request: EndpointRequest) -> AuthenticatedClient:
    """Return the client whose registered key signed the assertion about itself."""
    assertion = read_assertion(request)
    client_id = assertion.subject
    if request.parameters.get("client_id", client_id) != client_id:
        raise InvalidRequest(Reason.ASSERTION_OF_ANOTHER_CLIENT, client_id=client_id)
    if not protocol.CLIENT_ID.fullmatch(client_id):
        raise InvalidClient(Reason.MALFORMED_CLIENT_ID, client_id=client_id)
    client = known_client(client_id, kid=_kid(assertion), wanted=wanted_scopes(request))
    if client is None:
        raise InvalidClient(Reason.UNKNOWN_CLIENT, client_id=client_id)
    try:
        key_pk, claims = _verified(client, assertion)
        proven = admit(client, method=names[0], address=request.address, key_pk=key_pk)
        _check(claims, assertion, is_strict=proven.is_strict)
    except JwtRefused as refused:
        raise InvalidClient(refused.reason, client_id=client_id, client_pk=client.pk) from None
    return proven


def _check(claims: Mapping[str, Any], assertion: UnverifiedAssertion, *, is_strict: bool) -> None:
    if is_strict and assertion.header.get("alg") not in protocol.FAPI2_ALGORITHMS:
        raise JwtRefused(Reason.PROFILE_FORBIDS_ALGORITHM)
    check_audience(claims, accepted_audiences(is_strict=is_strict), is_strict=is_strict)
    ends_at = check_time(claims, longest=longest_lifetime(is_strict=is_strict))
    record_use_once(claims["sub"], claims["jti"], ends_at)


def _kid(assertion: UnverifiedAssertion) -> str:
    # Entra's clients name the certificate instead of the key. A key inside the header (jwk,
    # jku, x5u, x5c) is not looked at: anybody could have put it there.
    kid = assertion.header.get("kid")
    if not kid:
        kid = assertion.header.get("x5t#S256")
        # MSAL pads it, against RFC 7515.
        kid = kid.rstrip("=") if isinstance(kid, str) else kid
    return kid if isinstance(kid, str) and kid.isprintable() else ""


def _verified(
    client: ClientRecord, assertion: UnverifiedAssertion
) -> tuple[int | None, Mapping[str, Any]]:
    kid = _kid(assertion)
    if client.key is not None:
        return client.key.pk, _verify(assertion, _registered(client.key))
    if client.jwks_uri and kid:
        return None, _verify(assertion, _remote(client.jwks_uri, kid))
    if kid:
        raise JwtRefused(Reason.UNKNOWN_KEY)
    return _by_trial(client, assertion)


def _by_trial(
    client: ClientRecord, assertion: UnverifiedAssertion
) -> tuple[int, Mapping[str, Any]]:
    # The assertion does not say which key: few clients have more than two. Read where the
    # project writes, as known_client() does.
    keys = ClientKey.objects.using(router.db_for_write(ClientKey)).filter(client=client.pk)
    for row in keys.active()[:_MAX_TRIED_KEYS]:
        if row.state != "active":
            continue
        try:
            return row.pk, _verify(assertion, PyJWK(row.public_jwk))
        except JwtRefused as refused:
            if refused.reason not in {Reason.WRONG_SIGNATURE, Reason.WRONG_ALGORITHM}:
                raise
    raise JwtRefused(Reason.UNKNOWN_KEY)


def _verify(assertion: UnverifiedAssertion, key: PyJWK) -> Mapping[str, Any]:
    verify_jwt(
        assertion.encoded,
        assertion.header,
        assertion.claims,
        key,
        required=_REQUIRED,
        leeway_seconds=ASSERTION_LEEWAY_SECONDS,
    )
    return assertion.claims


def _registered(row: Any) -> PyJWK:
    now = timezone.now()
    refusals = (
        (row.revoked_at is not None, Reason.KEY_REVOKED),
        (row.expires_at is not None and row.expires_at <= now, Reason.KEY_EXPIRED),
        (row.not_before is not None and row.not_before > now, Reason.KEY_NOT_YET_VALID),
    )
    for applies, reason in refusals:
        if applies:
            raise JwtRefused(reason)
    return PyJWK(row.public_jwk)


def _remote(jwks_uri: str, kid: str) -> PyJWK:
    try:
        key = remote_keys(jwks_uri, m2m_settings.JWKS_ALLOWED_NETWORKS).find(kid)
    except RemoteKeysUnavailableError:
        raise JwtRefused(Reason.KEYS_UNAVAILABLE) from None
    if key is None:
        raise JwtRefused(Reason.UNKNOWN_KEY)
    return key
