"""Views beside Django's own for one row: who may, which row, and the page that asks again."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models, router, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

__all__ = ["ask_again", "back_to", "object_path", "page_context"]


def object_path(
    model_admin: admin.ModelAdmin,
    route: str,
    view: Callable[..., HttpResponse],
    permission: str,
    *,
    methods: tuple[str, ...] = ("GET", "HEAD", "POST"),
) -> URLPattern:
    """
    Route ``<pk>/<route>`` to ``view(model_admin, request, row)``, named after the view.

    Who lacks *permission*, or may not see the row, gets 403 whatever the method; what the
    view writes is one transaction.
    """

    def guarded(request: HttpRequest, object_id: str, **kwargs: Any) -> HttpResponse:
        row = model_admin.get_object(request, unquote(object_id))
        sees = model_admin.has_view_or_change_permission(request, row)
        if not (sees and request.user.has_perm(permission)):
            raise PermissionDenied
        if row is None:
            raise Http404
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        with transaction.atomic(using=router.db_for_write(model_admin.model)):
            return view(model_admin, request, row, **kwargs)

    name = view.__name__.removesuffix("_view")
    return path(
        f"<path:object_id>/{route}",
        model_admin.admin_site.admin_view(guarded),
        name=f"{model_admin.opts.app_label}_{model_admin.opts.model_name}_{name}",
    )


def back_to(model_admin: admin.ModelAdmin, row: models.Model) -> HttpResponseRedirect:
    """Redirect to the row's own page."""
    return HttpResponseRedirect(_url_of(model_admin, row))


def page_context(
    model_admin: admin.ModelAdmin, request: HttpRequest, row: models.Model, title: str
) -> dict[str, Any]:
    """Return what every page about one row needs."""
    request.current_app = model_admin.admin_site.name
    return {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "opts": model_admin.opts,
        "original": row,
        "original_url": _url_of(model_admin, row),
        "media": model_admin.media,
    }


def ask_again(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    row: models.Model,
    *,
    title: str,
    consequence: str,
) -> HttpResponse:
    """Show what will happen, and a button that does it."""
    context = page_context(model_admin, request, row, title)
    context["consequence"] = consequence
    return TemplateResponse(request, "admin/oauth_m2m/ask_again.html", context)


def _url_of(model_admin: admin.ModelAdmin, row: models.Model) -> str:
    return reverse(
        f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_change",
        args=(quote(row.pk),),
        current_app=model_admin.admin_site.name,
    )
