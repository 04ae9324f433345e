"""Who acts in the admin: the signed-in user, from the address of the request."""

from django.http import HttpRequest

from oauth_m2m.networks import client_address
from oauth_m2m.values import Actor

__all__ = ["actor_of"]


def actor_of(request: HttpRequest) -> Actor:
    """Return the request's user as the actor of an operation."""
    # The admin lets in active staff only, which an anonymous user is not.
    assert request.user.is_authenticated  # noqa: S101 - tells the type checker what the admin holds
    return Actor(request.user.get_username(), request.user, client_address(request))
