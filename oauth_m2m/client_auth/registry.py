"""The client authentication methods that exist, and what each must offer."""

from typing import Protocol

from oauth_m2m.client_auth import client_secret_basic, client_secret_post
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.values import AuthenticatedClient

__all__ = ["METHODS", "ClientAuthMethod"]


class ClientAuthMethod(Protocol):
    """The two questions that each method module answers."""

    name: str

    def presented_in(self, request: EndpointRequest) -> bool:
        """Whether *request* attempts this method, however badly."""

    def authenticate(self, request: EndpointRequest) -> AuthenticatedClient:
        """Return the client that *request* proves, or raise InvalidClient."""


METHODS: tuple[ClientAuthMethod, ...] = (client_secret_basic, client_secret_post)
