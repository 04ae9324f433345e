"""
oauthlib's questions about one request, answered by our own floors.

A validator lives as long as its request: it keeps what was proven, so that nothing is
asked twice and nothing is shared between requests.
"""

from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2 import RequestValidator

from oauth_m2m import protocol
from oauth_m2m.client_auth import authenticate_client
from oauth_m2m.client_auth.attempts import check_request_rate
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.grants.client_credentials import decide
from oauth_m2m.tokens.binding import confirmation_for
from oauth_m2m.values import AuthenticatedClient, Grant

__all__ = ["ClientCredentialsValidator"]


class ClientCredentialsValidator(RequestValidator):  # type: ignore[misc] # oauthlib has no types
    """Answers for the client-credentials grant; our errors pass through oauthlib untouched."""

    client: AuthenticatedClient
    grant: Grant

    def __init__(self, request: EndpointRequest) -> None:
        """Keep the request that oauthlib does not get to see."""
        self.request = request

    def authenticate_client(self, request: Request, *_args: Any, **_kwargs: Any) -> bool:
        """Prove the client, or raise our error."""
        self.client = authenticate_client(self.request)
        check_request_rate(self.client)
        request.client = self.client
        return True

    def validate_grant_type(self, _client_id: str, grant_type: str, *_args: Any) -> bool:
        """Whether the grant is the only one that there is."""
        return grant_type == protocol.CLIENT_CREDENTIALS

    def get_default_scopes(self, *_args: Any) -> list[str]:
        """Return nothing: the defaults are chosen together with the rest, in validate_scopes."""
        return []

    def validate_scopes(
        self, _client_id: str, scopes: list[str], _client: AuthenticatedClient, request: Request
    ) -> bool:
        """Decide what the client gets, or raise our error."""
        named = self.request.repeatable
        resources = (*named.get("resource", ()), *named.get("audience", ()))
        confirmation = confirmation_for(self.request.http, self.client)
        self.grant = decide(self.client, scopes, resources, confirmation)
        request.scopes = list(self.grant.scopes)
        return True

    def save_token(self, _token: dict[str, Any], _request: Request) -> None:
        """Do nothing: an opaque token is stored when it is made, so that it is never lost."""
