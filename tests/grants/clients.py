"""A client that proved who it is, for the questions that come after that."""

from typing import Any

from oauth_m2m.models.client_lookup import GrantedScope
from oauth_m2m.values import AuthenticatedClient


def scope(name: str, resource: str | None = None, **wishes: Any) -> GrantedScope:
    fields = {"is_default": True, "token_format": None, "token_lifetime": None, **wishes}
    return GrantedScope(name=name, resource=resource, **fields)


def client(*scopes: GrantedScope, **changes: Any) -> AuthenticatedClient:
    fields: dict[str, Any] = {
        "pk": 7,
        "client_id": "job",
        "method": "client_secret_basic",
        "secret_pk": 3,
        "key_pk": None,
        "token_format": "",
        "token_lifetime": None,
        "requires_dpop": False,
        "requires_certificate": False,
        "is_strict": False,
        **changes,
    }
    return AuthenticatedClient(scopes=scopes, **fields)
