"""
The token endpoint.

https://www.rfc-editor.org/rfc/rfc6749#section-3.2
"""

from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.oauthlib_bridge.core import token_response
from oauth_m2m.views.answer import EndpointAnswer
from oauth_m2m.views.endpoint import oauth_endpoint

__all__ = ["token"]


@oauth_endpoint("token.refused")
def token(request: EndpointRequest) -> EndpointAnswer:
    """Answer a token request."""
    return EndpointAnswer(token_response(request))
