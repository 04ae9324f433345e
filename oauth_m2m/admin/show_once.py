"""The page that shows a new secret: the direct answer to the POST that made it, and the last."""

import shlex
from typing import Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from oauth_m2m.admin.object_views import page_context
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client
from oauth_m2m.operations.connect_kit import connect_kit
from oauth_m2m.operations.connection import Connection, connection_of
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
    connection = connection_of(client, secret, request.build_absolute_uri("/"))
    context = {
        **page_context(model_admin, request, client, _("New secret")),
        "secret": secret,
        "has_scopes": client.scope_grants.exists(),
        "must_bind": client.requires_dpop
        or client.requires_certificate
        or "fapi2" in {client.profile, m2m_settings.PROFILE},
        "kit": None if connection is None else connect_kit(connection),
        "api_request": None if connection is None else _api_request(connection),
    }
    page = render_to_string("admin/oauth_m2m/show_once.html", context, request)
    return HttpResponse(page, headers=HEADERS)


def _api_request(connection: Connection) -> str:
    return shlex.join(["curl", "-H", "Authorization: Bearer ACCESS_TOKEN", connection.api_url])
