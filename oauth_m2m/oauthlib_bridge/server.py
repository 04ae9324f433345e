"""oauthlib's token endpoint with the one grant and our kind of token."""

from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.endpoints.token import TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types import ClientCredentialsGrant
from oauthlib.oauth2.rfc6749.tokens import TokenBase

from oauth_m2m import protocol
from oauth_m2m.oauthlib_bridge.validator import ClientCredentialsValidator
from oauth_m2m.tokens import issue_token

__all__ = ["TokenAnswer", "build_server"]


def build_server(validator: ClientCredentialsValidator) -> TokenEndpoint:
    """Return a token endpoint for one request; it costs three microseconds."""
    return TokenEndpoint(
        default_grant_type=protocol.CLIENT_CREDENTIALS,
        default_token_type=_GrantedToken(validator),
        grant_types={protocol.CLIENT_CREDENTIALS: ClientCredentialsGrant(validator)},
    )


class TokenAnswer(dict[str, Any]):
    """
    The members of a token response, which nobody can print by accident.

    oauthlib logs the answer at DEBUG with its repr; this one has no token in it.
    """

    def __repr__(self) -> str:
        return "<token answer>"

    __str__ = __repr__


class _GrantedToken(TokenBase):  # type: ignore[misc] # oauthlib has no types
    """Makes a token from what the validator decided."""

    __slots__ = ("_validator",)

    def __init__(self, validator: ClientCredentialsValidator) -> None:
        self._validator = validator

    def create_token(self, request: Request, *, refresh_token: bool = False) -> TokenAnswer:  # noqa: ARG002 - oauthlib's signature; machines get no refresh tokens
        """Return the members of RFC 6749 section 5.1."""
        issued = issue_token(self._validator.grant)
        return TokenAnswer(
            access_token=issued.access_token,
            token_type=issued.token_type,
            expires_in=issued.expires_in,
            scope=" ".join(issued.scopes),
        )
