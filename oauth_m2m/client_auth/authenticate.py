"""
Find the one method that a request attempts, and let it prove the client.

https://www.rfc-editor.org/rfc/rfc6749#section-2.3
"""

from oauth_m2m.client_auth import client_secret_basic
from oauth_m2m.client_auth.attempts import remember_success
from oauth_m2m.client_auth.registry import METHODS
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.rotation.confirmation import confirm_proposal
from oauth_m2m.rotation.uses import record_retiring_use
from oauth_m2m.usage import record_authentication
from oauth_m2m.values import AuthenticatedClient

__all__ = ["authenticate_client"]


def authenticate_client(request: EndpointRequest) -> AuthenticatedClient:
    """
    Return the client that *request* proves.

    Raises InvalidRequest when it attempts two methods, right or wrong (a server that tries
    one after the other lets an attacker guess with the weaker), and InvalidClient when it
    attempts none or fails.
    """
    attempted = [method for method in METHODS if method.presented_in(request)]
    client_id = request.parameters.get("client_id", "")
    if len(attempted) > 1:
        raise InvalidRequest(Reason.TWO_METHODS, client_id=client_id)
    if request.authorization and not client_secret_basic.presented_in(request):
        raise InvalidClient(Reason.UNSUPPORTED_SCHEME, client_id=client_id)
    if not attempted:
        raise InvalidClient(Reason.NO_CREDENTIALS, client_id=client_id)
    [method] = attempted
    if not set(method.names).intersection(m2m_settings.AUTH_METHODS):
        raise InvalidClient(Reason.AUTH_METHOD_DISABLED, client_id=client_id)
    proven = method.authenticate(request)
    if proven.method not in m2m_settings.AUTH_METHODS:
        raise InvalidClient(Reason.AUTH_METHOD_DISABLED, client_id=client_id)
    remember_success(request, proven.client_id)
    _record_use(request, proven)
    return proven


def _record_use(request: EndpointRequest, proven: AuthenticatedClient) -> None:
    record_authentication(proven.pk, secret_pk=proven.secret_pk, key_pk=proven.key_pk)
    if proven.secret_pk is None:
        return
    if proven.is_secret_retiring:
        record_retiring_use(proven.secret_pk, request.address)
    if proven.is_secret_proposed:
        confirm_proposal(proven.pk, proven.secret_pk, request.address)
