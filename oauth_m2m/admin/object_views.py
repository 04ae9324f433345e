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
from django.utils.translation import gettext as _

__all__ = ["ask_again", "back_to", "lacks", "object_path", "page_context", "refused"]


def object_path(
    model_admin: admin.ModelAdmin,
    route: str,
    view: Callable[..., HttpResponse],
    permission: str,
    *,
    methods: tuple[str, ...] = ("GET", "HEAD", "POST"),
    unless: Callable[[Any, Any], str] | None = None,
) -> URLPattern:
    """
    Route ``<pk>/<route>`` to ``view(model_admin, request, row)``, named after the view.

    Who may not see the row gets 403 whatever the method; so does who lacks *permission*, or
    for whom ``unless(user, row)`` says why not, with a page that says what is missing. What
    the view writes is one transaction.
    """

    def guarded(request: HttpRequest, object_id: str, **kwargs: Any) -> HttpResponse:
        row = model_admin.get_object(request, unquote(object_id))
        if not model_admin.has_view_or_change_permission(request, row):
            raise PermissionDenied
        has_permission = request.user.has_perm(permission)
        if row is None:
            # Who may do nothing here learns nothing of which rows there are.
            raise Http404 if has_permission else PermissionDenied
        why = lacks(permission) if not has_permission else unless and unless(request.user, row)
        if why:
            return refused(model_admin, request, row, why)
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
    seen: str = "",
) -> HttpResponse:
    """Show what will happen, and a button that does it and sends what was *seen* back."""
    context = page_context(model_admin, request, row, title)
    context |= {"consequence": consequence, "seen": seen}
    return TemplateResponse(request, "admin/oauth_m2m/ask_again.html", context)


def refused(
    model_admin: admin.ModelAdmin, request: HttpRequest, row: models.Model, why: str
) -> HttpResponse:
    """Answer 403, and say what is missing: the person sees the row, so it is no secret."""
    context = page_context(model_admin, request, row, _("You may not do this"))
    context["why"] = why
    return TemplateResponse(request, "admin/oauth_m2m/refused.html", context, status=403)


def lacks(permission: str) -> str:
    """Return what to say to who does not have *permission*."""
    return _("It takes the permission %s. Ask an administrator for it.") % permission


def _url_of(model_admin: admin.ModelAdmin, row: models.Model) -> str:
    return reverse(
        f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_change",
        args=(quote(row.pk),),
        current_app=model_admin.admin_site.name,
    )
