"""
A machine that a test put in the place of a token.

It travels with the request: in the WSGI environ or the ASGI scope, under a name that no
header becomes (headers are ``HTTP_...`` in the one, a list in the other), and as an object.
What a web server or proxy can put there from outside is text, which is never a machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.values import VerifiedToken

__all__ = ["FORCED_MACHINE", "ForcedMachine", "forced_token"]

FORCED_MACHINE: Final = "oauth_m2m.forced_machine"


@dataclass(frozen=True, slots=True, eq=False)
class ForcedMachine:
    """What a request is taken for; made by ``oauth_m2m.testing`` and nobody else."""

    client_id: str
    scopes: tuple[str, ...]
    claims: Mapping[str, Any] = field(repr=False)
    group_names: tuple[str, ...]
    service_account: AbstractBaseUser | None

    def token(self) -> VerifiedToken:
        """Return the token that this machine would have got just now."""
        # At each request anew: a test that moves the clock has not come too late.
        issued_at = timezone.now()
        expires_at = issued_at + m2m_settings.ACCESS_TOKEN_LIFETIME
        claims = {
            "sub": self.client_id,
            "client_id": self.client_id,
            "scope": " ".join(self.scopes),
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            **self.claims,
        }
        return VerifiedToken(
            client_id=self.client_id,
            scopes=self.scopes,
            audience=_several(claims.get("aud", ())),
            issued_at=issued_at,
            expires_at=expires_at,
            claims=claims,
            group_names=self.group_names,
            service_account=self.service_account,
        )


def forced_token(request: HttpRequest) -> VerifiedToken | None:
    """Return the token of the machine that a test forced on *request*, or None."""
    surroundings = getattr(request, "scope", request.META)
    machine = surroundings.get(FORCED_MACHINE)
    # Not isinstance: what only looks like one, or a mock, is not let in either.
    return machine.token() if type(machine) is ForcedMachine else None


def _several(audience: str | Iterable[str]) -> tuple[str, ...]:
    return (audience,) if isinstance(audience, str) else tuple(audience)
