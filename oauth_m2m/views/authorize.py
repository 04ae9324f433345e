"""
The authorization endpoint that this server does not have, for clients that insist on one.

MSAL reads ``authorization_endpoint`` out of openid-configuration before it asks for a token
of any kind, and fails without. Nobody is ever signed in here.

https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from oauth_m2m.views.document import error_response
from oauth_m2m.views.outside_transactions import outside_transactions

__all__ = ["authorize"]


# Without the three a POST would be a 403 in HTML, a machine would be sent to the login page,
# and a database that is away would be heard of instead.
@csrf_exempt
@login_not_required
@outside_transactions
def authorize(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Refuse, whatever is asked; never redirect: the address would be the caller's choice."""
    return error_response(
        "unsupported_response_type",
        "This server is for machines and has no sign-in: ask its token endpoint.",
        400,
    )
