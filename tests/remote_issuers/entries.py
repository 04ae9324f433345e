"""Entries of ``REMOTE_ISSUERS``, and what is made of them."""

from typing import Any

import pytest

from oauth_m2m.remote_issuers import RemoteIssuer, remote_issuers

ISSUER = "https://login.example.com/"
SECRET = "the secret that nobody may read"


def signed(**changes: Any) -> dict[str, Any]:
    """Return a good entry for signed tokens; None takes a key away."""
    return _with({"jwks_uri": "https://login.example.com/jwks", "audience": "urn:api"}, changes)


def asked(**changes: Any) -> dict[str, Any]:
    """Return a good entry for tokens that are introspected; None takes a key away."""
    entry = {
        "introspection_url": "https://login.example.com/introspect",
        "audience": "urn:api",
        "client_id": "orders-api",
        "client_secret": SECRET,
        "token_prefix": "their_",
    }
    return _with(entry, changes)


def read(entry: Any) -> RemoteIssuer:
    return remote_issuers({ISSUER: entry})[ISSUER]


def refusal(value: Any) -> str:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        remote_issuers(value)
    assert SECRET not in str(refused.value)
    return str(refused.value)


def _with(entry: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**entry, **changes}.items() if value is not None}
