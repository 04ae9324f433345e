"""What every method asks last: may this client get in, from there, in this way."""

from datetime import timedelta

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidClient, Reason
from oauth_m2m.models.client_lookup import ClientRecord
from oauth_m2m.models.known_clients import remember_client
from oauth_m2m.networks import is_allowed
from oauth_m2m.values import AuthenticatedClient

__all__ = ["admit"]


def admit(
    client: ClientRecord,
    *,
    method: str,
    address: str | None,
    secret_pk: int | None = None,
    key_pk: int | None = None,
    is_secret_retiring: bool = False,
    is_secret_proposed: bool = False,
) -> AuthenticatedClient:
    """
    Return the client as authenticated by *method* from *address*.

    Raises InvalidClient when it is disabled, may not use the method (by itself, or by the
    strict profile), or calls from a network that it is not allowed in.
    """
    is_strict = m2m_settings.PROFILE == "fapi2" or client.profile == "fapi2"
    refusals = (
        (not client.is_active, Reason.CLIENT_DISABLED),
        (method not in client.auth_methods, Reason.AUTH_METHOD_NOT_ALLOWED),
        (is_strict and method in protocol.SECRET_METHODS, Reason.PROFILE_FORBIDS_SECRETS),
        (not is_allowed(address, client.allowed_networks), Reason.NETWORK_NOT_ALLOWED),
    )
    for applies, reason in refusals:
        if applies:
            raise InvalidClient(reason, client_id=client.client_id, client_pk=client.pk)
    remember_client(client)
    lifetime = client.token_lifetime
    return AuthenticatedClient(
        pk=client.pk,
        client_id=client.client_id,
        method=method,
        secret_pk=secret_pk,
        key_pk=key_pk,
        scopes=client.scopes,
        token_format=client.token_format,
        token_lifetime=None if lifetime is None else timedelta(seconds=lifetime),
        requires_dpop=client.requires_dpop,
        requires_certificate=client.requires_certificate,
        is_strict=is_strict,
        is_secret_retiring=is_secret_retiring,
        is_secret_proposed=is_secret_proposed,
    )
