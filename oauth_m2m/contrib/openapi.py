"""
What an OpenAPI document says of machine tokens, whoever writes the document.

https://spec.openapis.org/oas/v3.0.3#oauth-flow-object
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from oauth_m2m.models import Scope
from oauth_m2m.public_urls import public_url

__all__ = ["add_scopes", "described_scopes", "security_scheme"]


def security_scheme(token_url: str = "", scopes: Iterable[str] = ()) -> dict[str, Any]:
    """
    Return the security scheme for the client-credentials flow.

    Without *token_url* it is that of our own token endpoint: absolute with an ISSUER, else a
    path, and empty if the project did not mount it.
    """
    flow = {"tokenUrl": token_url or public_url("token") or "", "scopes": {}}
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    add_scopes(scheme, dict.fromkeys(scopes, ""))
    return scheme


def add_scopes(scheme: dict[str, Any], scopes: dict[str, str]) -> None:
    """Add *scopes* (name to description) to *scheme*; what it describes already stays."""
    flow = scheme["flows"]["clientCredentials"]
    known = {**scopes, **{name: text for name, text in flow["scopes"].items() if text}}
    names = sorted({*scopes, *flow["scopes"]})
    flow["scopes"] = {name: known.get(name, "") for name in names}


def described_scopes() -> dict[str, str]:
    """Return the description of each scope by its name; nothing where no table can be read."""
    try:
        return dict(Scope.objects.values_list("name", "description"))
    except (Error, ImproperlyConfigured):
        # A build server writes the document without a database; what views name is in it.
        return {}
