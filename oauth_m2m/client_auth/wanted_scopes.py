"""
Which of a client's scopes a request can need: a client may have hundreds.

https://www.rfc-editor.org/rfc/rfc6749#section-3.3
"""

from typing import Final

from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.models.client_lookup import WantedScopes

__all__ = ["MAX_NAMES", "wanted_scopes"]

MAX_NAMES: Final = 16

# Ends a scope that means "my default scopes for that resource".
_OF_A_RESOURCE: Final = "/.default"


def wanted_scopes(request: EndpointRequest) -> WantedScopes:
    """
    Return the names that *request* asks for, () for the client's defaults, or None for all.

    All of them are needed where resources play a part: which of those a client may use is
    what its scopes belong to. Nothing is granted by this: a name may be unknown.
    """
    asked = request.parameters.get("scope", "")
    if request.repeatable or _OF_A_RESOURCE in asked or m2m_settings.DEFAULT_AUDIENCE:
        return None
    names = tuple(sorted({name for name in asked.split(" ") if name}))
    return names if len(names) <= MAX_NAMES else None
