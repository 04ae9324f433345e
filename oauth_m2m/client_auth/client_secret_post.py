"""
``client_secret_post``: the client's id and secret in the body of the request.

https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
"""

from oauth_m2m import protocol
from oauth_m2m.client_auth.shared_secret import prove_secret
from oauth_m2m.client_auth.wanted_scopes import wanted_scopes
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidRequest, Reason
from oauth_m2m.values import AuthenticatedClient

__all__ = ["authenticate", "names", "presented_in"]

names = (protocol.CLIENT_SECRET_POST,)


def presented_in(request: EndpointRequest) -> bool:
    """Whether *request* has a secret in its body; an id alone proves nothing."""
    return "client_secret" in request.parameters


def authenticate(request: EndpointRequest) -> AuthenticatedClient:
    """Return the client named in the body if the secret beside it is right."""
    client_id = request.parameters.get("client_id")
    if client_id is None:
        raise InvalidRequest(Reason.MISSING_CLIENT_ID)
    return prove_secret(
        client_id,
        request.parameters["client_secret"],
        method=names[0],
        address=request.address,
        wanted=wanted_scopes(request),
    )
