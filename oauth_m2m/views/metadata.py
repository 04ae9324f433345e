"""
Authorization server metadata, and its alias for clients that know OpenID Connect only.

https://www.rfc-editor.org/rfc/rfc8414
"""

from typing import Final
from urllib.parse import urlsplit

from django.http import HttpRequest

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.public_urls import public_url
from oauth_m2m.views.document import DocumentMissing, public_document

__all__ = ["METADATA_MAX_AGE_SECONDS", "metadata", "openid_configuration", "required_issuer"]

METADATA_MAX_AGE_SECONDS: Final = 3600

# Member -> name of the URL. What is not mounted is not advertised.
_ENDPOINTS: Final = {
    "token_endpoint": "token",
    "introspection_endpoint": "introspection",
    "revocation_endpoint": "revocation",
    "jwks_uri": "jwks",
}


@public_document(max_age_seconds=METADATA_MAX_AGE_SECONDS)
def metadata(request: HttpRequest, issuer_path: str = "") -> dict[str, object]:
    """
    Return what this server can do (section 2).

    *issuer_path* is what section 3.1 puts behind the well-known part: the issuer's path.
    """
    return _members(request, issuer_path)


@public_document(max_age_seconds=METADATA_MAX_AGE_SECONDS)
def openid_configuration(request: HttpRequest, issuer_path: str = "") -> dict[str, object]:
    """
    Return the same for clients that know OpenID Connect only.

    Discovery requires an authorization endpoint, and MSAL will not begin without one.
    """
    members = _members(request, issuer_path)
    authorize = public_url("authorize")
    return members if authorize is None else {**members, "authorization_endpoint": authorize}


def required_issuer(path: str = "") -> str:
    """Return the issuer; raises DocumentMissing without one, or when *path* is not its path."""
    issuer = m2m_settings.ISSUER
    if not issuer:
        message = "This server has no issuer: set OAUTH_M2M['ISSUER'] to its public URL."
        raise DocumentMissing(message)
    if path and path.strip("/") != urlsplit(issuer).path.strip("/"):
        message = "There is no issuer at this path."
        raise DocumentMissing(message)
    return issuer


def _members(request: HttpRequest, issuer_path: str) -> dict[str, object]:
    issuer = required_issuer(issuer_path)
    endpoints = {
        member: url for member, name in _ENDPOINTS.items() if (url := public_url(name)) is not None
    }
    sees_certificates = _sees_certificates(request)
    methods = _methods(sees_certificates=sees_certificates)
    document: dict[str, object] = {
        "issuer": issuer,
        **endpoints,
        "grant_types_supported": [protocol.CLIENT_CREDENTIALS],
        # Required by section 2, and empty: nobody signs in here.
        "response_types_supported": [],
    }
    for endpoint in ("token", "introspection", "revocation"):
        if f"{endpoint}_endpoint" in endpoints:
            document[f"{endpoint}_endpoint_auth_methods_supported"] = methods
    if "token_endpoint" in endpoints:
        is_strict = m2m_settings.PROFILE == "fapi2"
        algorithms = list(
            protocol.FAPI2_ALGORITHMS if is_strict else protocol.ASYMMETRIC_ALGORITHMS
        )
        if protocol.PRIVATE_KEY_JWT in methods:
            document["token_endpoint_auth_signing_alg_values_supported"] = algorithms
        document["dpop_signing_alg_values_supported"] = algorithms
        if sees_certificates:
            document["tls_client_certificate_bound_access_tokens"] = True
    if "introspection_endpoint" in endpoints:
        document["introspection_signing_alg_values_supported"] = [m2m_settings.SIGNING_ALGORITHM]
    return document


def _sees_certificates(request: HttpRequest) -> bool:
    # Either a proxy sends us certificates, or our own server ends TLS and asks for them:
    # mod_ssl says so with each request, certificate or not.
    return m2m_settings.CLIENT_CERTIFICATE_HEADER != "" or "SSL_CLIENT_VERIFY" in request.META


def _methods(*, sees_certificates: bool) -> list[str]:
    # Not registered with IANA, so no client could read it.
    left_out = {protocol.WORKLOAD_IDENTITY}
    if not sees_certificates:
        left_out |= {protocol.TLS_CLIENT_AUTH, protocol.SELF_SIGNED_TLS_CLIENT_AUTH}
    if m2m_settings.PROFILE == "fapi2":
        left_out |= set(protocol.SECRET_METHODS)
    return [name for name in m2m_settings.AUTH_METHODS if name not in left_out]
