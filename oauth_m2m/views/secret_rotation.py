"""
A client replaces its own secret, with the present one as its credential.

No RFC has such an endpoint; the members of the answer are named as in dynamic client
registration. A 404 unless the setting ``CLIENT_ROTATION`` says otherwise.

https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1
"""

import functools
import json
from typing import Final

from django.http import HttpRequest, HttpResponse

from oauth_m2m.client_auth import authenticate_client
from oauth_m2m.client_auth.attempts import check_request_rate
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.operations.proposals import propose_secret
from oauth_m2m.rotation.confirmation import UNTIL_UNUSED
from oauth_m2m.values import Actor
from oauth_m2m.views.answer import EndpointAnswer
from oauth_m2m.views.document import error_response
from oauth_m2m.views.endpoint import oauth_endpoint

__all__ = ["rotate_secret"]

_OFF: Final = "off"


@oauth_endpoint("secret_rotation.refused")
def _propose(request: EndpointRequest) -> EndpointAnswer:
    client = authenticate_client(request)
    check_request_rate(client)
    secret = propose_secret(client, actor=Actor(client.client_id, address=request.address))
    expires_at = 0 if secret.expires_at is None else int(secret.expires_at.timestamp())
    members = {
        "client_id": client.client_id,
        "client_secret": secret.clear_secret,
        "client_secret_expires_at": expires_at,
        "key_id": secret.key_id,
        # From the first use of the new one.
        "old_secret_ends_in": int(m2m_settings.ROTATION_OVERLAP.total_seconds()),
        "old_secret_ends_once_unused": m2m_settings.CLIENT_ROTATION == UNTIL_UNUSED,
    }
    return EndpointAnswer(json.dumps(members))


@functools.wraps(_propose)
def rotate_secret(request: HttpRequest) -> HttpResponse:
    """Answer with a new secret, if the setting says so."""
    if m2m_settings.CLIENT_ROTATION == _OFF:
        return error_response(
            "not_found", "Clients of this server do not rotate by themselves.", 404
        )
    return _propose(request)
