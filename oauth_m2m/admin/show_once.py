"""The page that shows a new secret: the direct answer to the POST that made it, and the last."""

from typing import Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from oauth_m2m.admin.object_views import page_context
from oauth_m2m.models import Client
from oauth_m2m.operations.secret_page import secret_page
from oauth_m2m.values import NewSecret

__all__ = ["HEADERS", "show_once"]

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Referrer-Policy": "no-referrer",
}
"""Those of a page that no browser may keep."""


def show_once(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client, secret: NewSecret
) -> HttpResponse:
    """Return the page. No redirect: the secret would have to wait somewhere to be read."""
    context = {
        **page_context(model_admin, request, client, _("New secret")),
        **secret_page(client, secret, request.build_absolute_uri("/")),
    }
    page = render_to_string("admin/oauth_m2m/show_once.html", context, request)
    return HttpResponse(page, headers=HEADERS)
