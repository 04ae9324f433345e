"""The values that travel between the stages of a request; each is proven before it is made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.errors import InsufficientScope
from oauth_m2m.models.client_lookup import GrantedScope

__all__ = [
    "Actor",
    "AuthenticatedClient",
    "Grant",
    "IssuedToken",
    "NewSecret",
    "VerifiedToken",
    "token_type",
]


def token_type(confirmation: Mapping[str, Any] | None) -> str:
    """Return the scheme of a token that is bound as *confirmation* says (RFC 9449 section 5)."""
    return protocol.DPOP if "jkt" in (confirmation or ()) else protocol.BEARER


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change: a user in the admin, or a command."""

    name: str
    user: AbstractBaseUser | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """A client that proved who it is."""

    pk: int
    client_id: str
    method: str
    secret_pk: int | None
    key_pk: int | None
    scopes: tuple[GrantedScope, ...]
    token_format: str
    token_lifetime: timedelta | None
    requires_dpop: bool
    requires_certificate: bool
    is_strict: bool
    is_secret_retiring: bool = False
    is_secret_proposed: bool = False

    @property
    def binds_to_certificate(self) -> bool:
        """Whether a certificate that comes with the request binds the token."""
        return self.requires_certificate or self.is_strict


@dataclass(frozen=True, slots=True)
class Grant:
    """What an authenticated client may have now."""

    client_pk: int
    client_id: str
    secret_pk: int | None
    key_pk: int | None
    scopes: tuple[str, ...]
    audience: tuple[str, ...]
    token_format: str
    lifetime: timedelta
    confirmation: Mapping[str, str] | None = None
    auth_method: str = ""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token on its way to the client; the only place where its clear text is."""

    access_token: str = field(repr=False)
    expires_in: int
    scopes: tuple[str, ...]
    token_type: str


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret on its way to a person; the only place where its clear text is."""

    pk: int
    key_id: str
    clear_secret: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """
    An access token that passed every check: what ``request.auth`` is.

    ``issuer`` is the other server that it came from, "" for ours; ``group_names`` are local
    groups that something else than the client's row gives it, as ``REMOTE_ISSUERS`` does.

    ``is_valid``, ``is_expired`` and ``allow_scopes`` are django-oauth-toolkit's token
    protocol, so that its permission classes work over our tokens.
    """

    client_id: str
    scopes: tuple[str, ...]
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    claims: Mapping[str, Any] = field(default_factory=dict, hash=False)
    client_name: str = ""
    rate_limit: str = ""
    confirmation: Mapping[str, str] | None = None
    issuer: str = ""
    client_pk: int | None = field(default=None, repr=False)
    service_account: AbstractBaseUser | None = field(default=None, repr=False)
    group_names: tuple[str, ...] | None = field(default=None, repr=False)

    @property
    def scope(self) -> str:
        """The scopes as the wire has them: one string, spaces between."""
        return " ".join(self.scopes)

    @property
    def is_dpop_bound(self) -> bool:
        """Whether the token works only by the DPoP scheme."""
        return token_type(self.confirmation) == protocol.DPOP

    def allow_scopes(self, scopes: Iterable[str] | None) -> bool:
        """Whether the token carries all of *scopes*; none required is allowed."""
        return set(scopes or ()).issubset(self.scopes)

    def is_expired(self) -> bool:
        """Whether the token's time ran out since it was verified."""
        return self.expires_at <= timezone.now()

    def is_valid(self, scopes: Iterable[str] | None = None) -> bool:
        """Whether the token is still good for all of *scopes*."""
        return not self.is_expired() and self.allow_scopes(scopes)

    def require(self, scopes: Sequence[str]) -> None:
        """Raise InsufficientScope unless the token is still good for all of *scopes*."""
        if not self.is_valid(scopes):
            raise InsufficientScope(
                scopes,
                granted=self.scopes,
                client_id=self.client_id,
                client_pk=self.client_pk,
                is_dpop=self.is_dpop_bound,
            )
