"""What a program needs to be a certain client: where it asks, as whom, for what."""

from dataclasses import dataclass, field

from oauth_m2m import protocol
from oauth_m2m.models import Client
from oauth_m2m.operations.endpoints import token_url
from oauth_m2m.values import NewSecret

__all__ = ["EXAMPLE_API", "Connection", "connection_of"]

EXAMPLE_API = "https://api.example.com/"
"""The address in examples for a client whose own API has none that could be called."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A client with a secret, and where it gets and uses its tokens."""

    name: str
    client_id: str
    clear_secret: str = field(repr=False)
    token_url: str
    api_url: str = EXAMPLE_API
    scope: str = ""
    in_header: bool = True


def connection_of(client: Client, secret: NewSecret, base: str) -> Connection | None:
    """
    Return how *client* connects with *secret*; None if the token endpoint is not mounted.

    *base* is the URL of this site where ISSUER is not set.
    """
    url = token_url(base)
    if url is None:
        return None
    grants = client.scope_grants.select_related("scope__resource_server").order_by("scope__name")
    has_default = any(grant.is_default for grant in grants)
    # Without a default, a request that names no scope is refused.
    scopes = [] if has_default else [grant.scope.name for grant in grants]
    apis = {
        grant.scope.resource_server.identifier
        for grant in grants
        if grant.scope.resource_server is not None and (grant.is_default or not has_default)
    }
    callable_apis = sorted(api for api in apis if api.lower().startswith(("https://", "http://")))
    return Connection(
        name=client.name,
        client_id=client.client_id,
        clear_secret=secret.clear_secret,
        token_url=url,
        api_url=callable_apis[0] if callable_apis else EXAMPLE_API,
        scope=" ".join(scopes),
        in_header=protocol.CLIENT_SECRET_BASIC in client.auth_methods,
    )
