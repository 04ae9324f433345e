"""The page that shows a new secret: the direct answer to the POST that made it, and the last."""

import shlex
from typing import Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from oauth_m2m import protocol
from oauth_m2m.admin.object_views import page_context
from oauth_m2m.models import Client
from oauth_m2m.operations.endpoints import token_url
from oauth_m2m.values import NewSecret

__all__ = ["show_once"]

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Referrer-Policy": "no-referrer",
}


def show_once(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client, secret: NewSecret
) -> HttpResponse:
    """Return the page. No redirect: the secret would have to wait somewhere to be read."""
    url = token_url(request.build_absolute_uri("/"))
    scopes = dict(client.scope_grants.values_list("scope__name", "is_default"))
    context = {
        **page_context(model_admin, request, client, _("New secret")),
        "secret": secret,
        "scopes": scopes,
        "token_url": url,
        "token_request": None if url is None else _token_request(client, secret, scopes, url),
        "api_request": "curl -H 'Authorization: Bearer ACCESS_TOKEN' https://api.example.com/",
    }
    page = render_to_string("admin/oauth_m2m/show_once.html", context, request)
    return HttpResponse(page, headers=HEADERS)


def _token_request(client: Client, secret: NewSecret, scopes: dict[str, bool], url: str) -> str:
    command = ["curl", "-d", f"grant_type={protocol.CLIENT_CREDENTIALS}"]
    if protocol.CLIENT_SECRET_BASIC in client.auth_methods:
        command += ["-u", f"{client.client_id}:{secret.clear_secret}"]
    else:
        command += ["-d", f"client_id={client.client_id}"]
        command += ["-d", f"client_secret={secret.clear_secret}"]
    # Without a default, a request that names no scope is refused.
    if scopes and not any(scopes.values()):
        command += ["--data-urlencode", f"scope={' '.join(sorted(scopes))}"]
    return shlex.join([*command, url])
