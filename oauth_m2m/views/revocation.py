"""
Token revocation: a client gives back a token of its own.

https://www.rfc-editor.org/rfc/rfc7009
"""

from oauth_m2m.client_auth import authenticate_client
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import (
    InvalidRequest,
    InvalidToken,
    Reason,
    TemporarilyUnavailable,
    UnauthorizedClient,
)
from oauth_m2m.operations.tokens import revoke_proven_token
from oauth_m2m.tokens import prove_token
from oauth_m2m.values import Actor
from oauth_m2m.views.answer import EndpointAnswer
from oauth_m2m.views.endpoint import oauth_endpoint

__all__ = ["revocation"]


@oauth_endpoint("revocation.refused")
def revocation(request: EndpointRequest) -> EndpointAnswer:
    """
    Answer a revocation request; ``token_type_hint`` is read by nobody.

    A token that is unknown, expired or revoked already is answered like one that was just
    revoked (section 2.2): the client's wish is fulfilled.
    """
    client = authenticate_client(request)
    presented = request.parameters.get("token")
    if presented is None:
        raise InvalidRequest(Reason.MISSING_TOKEN, client_id=client.client_id, client_pk=client.pk)
    try:
        token = prove_token(presented)
    except InvalidToken as refused:
        if refused.reason is Reason.NOT_YET_VALID:
            # A server of ours, whose clock is far ahead, takes it: "revoked" would be a lie.
            raise TemporarilyUnavailable(
                refused.reason, client_id=client.client_id, client_pk=client.pk
            ) from None
        return EndpointAnswer("{}")
    if token.client.pk != client.pk:
        raise UnauthorizedClient(
            Reason.TOKEN_OF_ANOTHER_CLIENT, client_id=client.client_id, client_pk=client.pk
        )
    revoke_proven_token(token, presented, actor=Actor(client.client_id, address=request.address))
    return EndpointAnswer("{}")
