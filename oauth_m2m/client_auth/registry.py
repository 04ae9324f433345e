"""The client authentication methods that exist, and what each must offer."""

from typing import Protocol

from oauth_m2m.client_auth import (
    client_secret_basic,
    client_secret_post,
    private_key_jwt,
    tls_client_auth,
    workload_identity,
)
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.values import AuthenticatedClient

__all__ = ["METHODS", "ClientAuthMethod"]


class ClientAuthMethod(Protocol):
    """The two questions that each method module answers."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the method is called in a client's list; two that share a proof share a file."""

    def presented_in(self, request: EndpointRequest) -> bool:
        """Whether *request* attempts this method, however badly."""

    def authenticate(self, request: EndpointRequest) -> AuthenticatedClient:
        """Return the client that *request* proves, or raise InvalidClient."""


METHODS: tuple[ClientAuthMethod, ...] = (
    client_secret_basic,
    client_secret_post,
    private_key_jwt,
    tls_client_auth,
    workload_identity,
)
