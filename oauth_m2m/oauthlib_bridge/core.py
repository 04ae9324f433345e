"""
From a request of ours to oauthlib, through a lean subclass of the toolkit's core.

The toolkit's own constructor loads the host's validator, and with it models that may not
be installed; its extraction hands over every header and the whole body. Ours hands over
the two parameters that oauthlib has to judge, and no credential.
"""

from typing import Any

from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.oauthlib_bridge._dot import OAuthLibCore
from oauth_m2m.oauthlib_bridge.server import build_server
from oauth_m2m.oauthlib_bridge.translate import answer_or_error
from oauth_m2m.oauthlib_bridge.validator import ClientCredentialsValidator

__all__ = ["token_response"]


def token_response(request: EndpointRequest) -> str:
    """
    Return the JSON body of a token response, or raise an OAuthError.

    https://www.rfc-editor.org/rfc/rfc6749#section-5.1
    """
    core = _Core(ClientCredentialsValidator(request))
    _, _, body, status = core.create_token_response(request)
    return answer_or_error(body, status)


class _Core(OAuthLibCore):  # type: ignore[misc] # the toolkit has no types
    def __init__(self, validator: ClientCredentialsValidator) -> None:
        # Not super().__init__: see above.
        self.server = build_server(validator)

    def _extract_params(
        self, request: EndpointRequest
    ) -> tuple[str, str, list[tuple[str, str]], dict[str, Any]]:
        # One space between scopes is the RFC's grammar; clients send several.
        scopes = [scope for scope in request.parameters.get("scope", "").split(" ") if scope]
        offered = {
            "grant_type": request.parameters.get("grant_type", ""),
            "scope": " ".join(scopes),
        }
        # oauthlib takes an empty scope for a scope named "", and logs at DEBUG what it gets:
        # a secret in the wrong field must not get there.
        body = [(name, redact_credentials(value)) for name, value in offered.items() if value]
        return "", "POST", body, {}
