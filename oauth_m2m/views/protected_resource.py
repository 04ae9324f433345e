"""
Protected resource metadata: where to get tokens for this project's APIs.

https://www.rfc-editor.org/rfc/rfc9728
"""

from urllib.parse import urlsplit

from django.http import HttpRequest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.views.document import DocumentMissing, public_document
from oauth_m2m.views.metadata import METADATA_MAX_AGE_SECONDS, required_issuer

__all__ = ["protected_resource"]


@public_document(max_age_seconds=METADATA_MAX_AGE_SECONDS)
def protected_resource(request: HttpRequest, resource_path: str = "") -> dict[str, object]:  # noqa: ARG001 - a view's signature
    """
    Return what a client needs to know of this API (section 2).

    *resource_path* is what section 3.1 puts behind the well-known part: the resource's path.
    """
    issuer = required_issuer()
    document: dict[str, object] = {
        "resource": _resource_at(resource_path),
        "authorization_servers": [issuer, *m2m_settings.REMOTE_ISSUERS],
        "bearer_methods_supported": ["header"],
    }
    return document


def _resource_at(path: str) -> str:
    first = m2m_settings.DEFAULT_AUDIENCE or m2m_settings.ISSUER
    if not path:
        return first
    # Section 3.3: a client refuses the document of another resource than it asked about.
    for resource in (first, *m2m_settings.ACCEPTED_AUDIENCES):
        parts = urlsplit(resource)
        if parts.netloc and parts.path.strip("/") == path.strip("/"):
            return resource
    message = "There is no API at this path."
    raise DocumentMissing(message)
