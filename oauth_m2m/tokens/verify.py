"""
The one door through which every presented token goes.

https://www.rfc-editor.org/rfc/rfc6750#section-3.1
"""

from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.networks import is_allowed
from oauth_m2m.tokens import opaque
from oauth_m2m.values import VerifiedToken

__all__ = ["is_ours", "verify_token"]


def is_ours(presented: str) -> bool:
    """Whether *presented* is for us to judge; decided by its form, without a query."""
    return opaque.looks_like_ours(presented)


def verify_token(presented: str, address: str | None) -> VerifiedToken:
    """
    Return the proven token, or raise InvalidToken with the private reason.

    *address* is where the request comes from; None where there is no address.
    """
    if not is_ours(presented):
        raise InvalidToken(Reason.FOREIGN_TOKEN)
    token, networks = opaque.verify(presented)
    if not is_allowed(address, networks):
        raise InvalidToken(
            Reason.NETWORK_NOT_ALLOWED, client_id=token.client_id, client_pk=token.client_pk
        )
    return token
