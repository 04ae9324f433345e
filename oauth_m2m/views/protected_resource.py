"""
Protected resource metadata: where to get tokens for this project's APIs.

https://www.rfc-editor.org/rfc/rfc9728
"""

from django.http import HttpRequest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.views.document import public_document
from oauth_m2m.views.metadata import METADATA_MAX_AGE_SECONDS, required_issuer

__all__ = ["protected_resource"]


@public_document(max_age_seconds=METADATA_MAX_AGE_SECONDS)
def protected_resource(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001 - a view's signature
    """Return what a client needs to know of this API (section 2)."""
    issuer = required_issuer()
    document: dict[str, object] = {
        "resource": m2m_settings.DEFAULT_AUDIENCE or issuer,
        "authorization_servers": [issuer, *m2m_settings.REMOTE_ISSUERS],
        "bearer_methods_supported": ["header"],
    }
    return document
