"""The rows of another screen that a user may see: pages that sum up ask each screen for its own."""

from typing import TypeVar

from django.contrib.admin import AdminSite
from django.contrib.admin.exceptions import NotRegistered
from django.db.models import Model, QuerySet
from django.http import HttpRequest

__all__ = ["visible_rows"]

Row = TypeVar("Row", bound=Model)


def visible_rows(site: AdminSite, request: HttpRequest, model: type[Row]) -> QuerySet[Row] | None:
    """Return the rows of *model* that its screen on *site* shows the user; None without one."""
    try:
        model_admin = site.get_model_admin(model)
    except NotRegistered:
        return None
    if not model_admin.has_view_permission(request):
        return None
    rows: QuerySet[Row] = model_admin.get_queryset(request)
    return rows
