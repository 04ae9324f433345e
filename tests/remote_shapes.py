"""
Access tokens as other servers make them for a machine, member by member.

Recorded shapes: names, kinds and relations between members are those of the products; the
values are made up. Sources: Keycloak 26 (client credentials with an audience mapper), Auth0's
two access token profiles, and Entra's access tokens of versions 1 and 2 for applications.
"""

from typing import Any

from django.utils import timezone

from tests.jose import assemble, private_key
from tests.key_server import jwk

KEYCLOAK = "https://sso.example.com/realms/acme"
AUTH0 = "https://acme.eu.auth0.com/"
TENANT = "8a6c1f4e-0d6f-4a53-9a0e-3c8a5f0e7b11"
ENTRA_V1 = f"https://sts.windows.net/{TENANT}/"
ENTRA_V2 = f"https://login.microsoftonline.com/{TENANT}/v2.0"
API_GUID = "5b0d2c3a-7a0f-4c59-8b64-6a2f0c1d9e77"
CLIENT_GUID = "1f7b6f5e-3c1d-4b8e-9f6a-2d4c8e0a1b33"
OBJECT_GUID = "c2f4e9d0-8a7b-4c3d-b5e6-7f8091a2b3c4"
API = "https://api.example.com"


def keycloak(**changes: Any) -> dict[str, Any]:
    return _with(
        {
            **_moments(300),
            "jti": "trrtcc:8d3c1f60-55a4-44a0-9be5-0d8f5e0c2b16",
            "iss": KEYCLOAK,
            "aud": [API, "account"],
            "sub": "0b0a4c6e-9f4f-4a0b-bb3b-1d7b8c2f5a90",
            "typ": "Bearer",
            "azp": "order-robot",
            "acr": "1",
            "allowed-origins": ["/*"],
            "realm_access": {"roles": ["offline_access", "default-roles-acme", "warehouse"]},
            "resource_access": {
                "orders-api": {"roles": ["orders:read", "order reader"]},
                "account": {"roles": ["view-profile"]},
            },
            "scope": "profile email orders:list",
            "email_verified": False,
            "clientHost": "10.0.0.7",
            "preferred_username": "service-account-order-robot",
            "clientAddress": "10.0.0.7",
            "client_id": "order-robot",
        },
        changes,
    )


def auth0(**changes: Any) -> dict[str, Any]:
    return _with(
        {
            "iss": AUTH0,
            "sub": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja@clients",
            "aud": API,
            **_moments(86_400),
            "azp": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja",
            "gty": "client-credentials",
            "scope": "orders:read orders:list",
            "permissions": ["orders:read", "orders:list"],
        },
        changes,
    )


def auth0_rfc9068(**changes: Any) -> dict[str, Any]:
    client_id = auth0()["azp"]
    dialect = {"azp": None, "gty": None, "client_id": client_id, "jti": "73WakrfVbNJBaAmhQtEeDv"}
    return _with(auth0(), {**dialect, **changes})


def entra_v1(**changes: Any) -> dict[str, Any]:
    return _with(
        {
            "aud": f"api://{API_GUID}",
            "iss": ENTRA_V1,
            **_moments(3599, begins=True),
            "aio": "E2ZgYGiq2cL2o2b9",
            "appid": CLIENT_GUID,
            "appidacr": "1",
            "idp": ENTRA_V1,
            "oid": OBJECT_GUID,
            "rh": "0.AXsAThfBig",
            "roles": ["Order.Reader"],
            "sub": OBJECT_GUID,
            "tid": TENANT,
            "uti": "7Yw3xkq2mEuT",
            "ver": "1.0",
        },
        changes,
    )


def entra_v2(**changes: Any) -> dict[str, Any]:
    return _with(
        {
            "aud": API_GUID,
            "iss": ENTRA_V2,
            **_moments(3599, begins=True),
            "aio": "E2ZgYGiq2cL2o2b9",
            "azp": CLIENT_GUID,
            "azpacr": "1",
            "oid": OBJECT_GUID,
            "rh": "0.AXsAThfBig",
            "roles": ["Order.Reader"],
            "sub": OBJECT_GUID,
            "tid": TENANT,
            "uti": "7Yw3xkq2mEuT",
            "ver": "2.0",
        },
        changes,
    )


def token(claims: dict[str, Any], typ: str = "JWT", **header: Any) -> str:
    """Sign by RS256, as all of them do unless told otherwise."""
    members = {"alg": "RS256", "typ": typ, "kid": jwk("RS256")["kid"], **header}
    return assemble(members, claims, private_key("RS256"), "RS256")


def token_by_ps256(claims: dict[str, Any]) -> str:
    """Sign by PS256, with the published key that names no algorithm."""
    members = {"alg": "PS256", "typ": "JWT", "kid": jwk("RS256", 1)["kid"]}
    return assemble(members, claims, private_key("RS256", 1), "PS256")


def key_set() -> list[dict[str, Any]]:
    """Return what Keycloak publishes: a key to encrypt with too. Entra's keys name no algorithm."""
    signs = jwk("RS256")
    nameless = {name: value for name, value in jwk("RS256", 1).items() if name != "alg"}
    encrypts = {**jwk("RS256", 2), "use": "enc", "alg": "RSA-OAEP"}
    return [encrypts, nameless, signs]


def _moments(lifetime: int, *, begins: bool = False) -> dict[str, int]:
    now = int(timezone.now().timestamp())
    return {"iat": now, "exp": now + lifetime, **({"nbf": now} if begins else {})}


def _with(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}
