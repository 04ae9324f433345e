"""
Token introspection: an API asks whether a token is valid.

Only a token's own client, and clients that are the resource server of its audience, learn
anything; everybody else, and everybody asking for a token that is not good, gets the same
``{"active": false}``.

https://www.rfc-editor.org/rfc/rfc7662
https://www.rfc-editor.org/rfc/rfc9701
"""

import json
from typing import Any

from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.client_auth import authenticate_client
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidRequest, InvalidToken, Reason
from oauth_m2m.models import ResourceServer
from oauth_m2m.tokens import prove_token
from oauth_m2m.tokens.proven import ProvenToken, judge
from oauth_m2m.tokens.signed_jwt import sign
from oauth_m2m.values import AuthenticatedClient, token_type
from oauth_m2m.views.answer import EndpointAnswer
from oauth_m2m.views.endpoint import oauth_endpoint

__all__ = ["introspection"]

INACTIVE = {"active": False}


@oauth_endpoint("introspection.refused")
def introspection(request: EndpointRequest) -> EndpointAnswer:
    """Answer an introspection request; ``token_type_hint`` is read by nobody."""
    client = authenticate_client(request)
    presented = request.parameters.get("token")
    if presented is None:
        raise InvalidRequest(Reason.MISSING_TOKEN, client_id=client.client_id, client_pk=client.pk)
    members = _introspect(presented, client)
    if _wants_signed(request):
        return EndpointAnswer(
            _signed(members, client), f"application/{protocol.INTROSPECTION_TYPE}"
        )
    return EndpointAnswer(json.dumps(members))


def _introspect(presented: str, client: AuthenticatedClient) -> dict[str, Any]:
    try:
        token = prove_token(presented)
        judge(token)
    except InvalidToken:
        return INACTIVE
    return _members(token) if _may_know(client, token) else INACTIVE


def _may_know(client: AuthenticatedClient, token: ProvenToken) -> bool:
    if token.client.pk == client.pk:
        return True
    mine = ResourceServer.objects.filter(
        introspecting_clients=client.pk, identifier__in=token.audience
    )
    return mine.exists()


def _members(token: ProvenToken) -> dict[str, Any]:
    # RFC 7662 section 2.2. What is not known is left out, not empty.
    members = {
        **token.claims,
        "active": True,
        "token_type": token_type(token.confirmation),
        "iss": m2m_settings.ISSUER,
    }
    return {name: value for name, value in members.items() if value not in ("", [])}


def _wants_signed(request: EndpointRequest) -> bool:
    accepted = request.http.headers.get("Accept", "")
    types = [entry.partition(";")[0].strip().lower() for entry in accepted.split(",")]
    return f"application/{protocol.INTROSPECTION_TYPE}" in types


def _signed(members: dict[str, Any], client: AuthenticatedClient) -> str:
    claims = {
        "aud": client.client_id,
        "iat": int(timezone.now().timestamp()),
        "token_introspection": members,
    }
    return sign(claims, protocol.INTROSPECTION_TYPE)
