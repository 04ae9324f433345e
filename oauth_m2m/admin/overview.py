"""The overview: what ends soon, what nobody uses, what is refused, who is busy, which keys sign."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from oauth_m2m.admin.key_timeline import timelines_of
from oauth_m2m.admin.overview_figures import (
    BUSY_DAYS,
    REFUSED_DAYS,
    SHOWN,
    UNUSED_DAYS,
    busiest_clients,
    refusals_by_reason,
    unused_clients,
)
from oauth_m2m.admin.refused import LookupForm
from oauth_m2m.admin.visible_rows import visible_rows
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import AuditEvent, Client, SigningKey
from oauth_m2m.operations.expiry import SOON, ending_credentials, ending_signing_key

__all__ = ["URGENT", "overview_view"]

URGENT: Final = timedelta(days=7)
"""What ends earlier than this is shown in red."""

MOST_KEYS: Final = 20


def overview_view(model_admin: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show the blocks whose rows the user may see."""
    clients = _visible_clients(model_admin, request)
    now = timezone.now()
    request.current_app = model_admin.admin_site.name
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Overview"),
        "subtitle": None,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "shown": SHOWN,
        "soon_days": SOON.days,
        "unused_days": UNUSED_DAYS,
        "refused_days": REFUSED_DAYS,
        "busy_days": BUSY_DAYS,
        "urgent_before": now + URGENT,
        "endings": ending_credentials(now + SOON, clients=clients, limit=SHOWN + 1),
        "unused": unused_clients(clients),
        "busiest": busiest_clients(clients),
        **_refusals(model_admin, request),
        **_signing_keys(model_admin, request),
    }
    return TemplateResponse(request, "admin/oauth_m2m/client/overview.html", context)


def _visible_clients(model_admin: admin.ModelAdmin, request: HttpRequest) -> QuerySet[Client]:
    clients = visible_rows(model_admin.admin_site, request, Client)
    if clients is None:
        raise PermissionDenied
    return clients.prefetch_related(None)


def _refusals(model_admin: admin.ModelAdmin, request: HttpRequest) -> dict[str, Any]:
    events = visible_rows(model_admin.admin_site, request, AuditEvent)
    if events is None:
        return {}
    return {"refusals": refusals_by_reason(events), "lookup_form": LookupForm()}


def _signing_keys(model_admin: admin.ModelAdmin, request: HttpRequest) -> dict[str, Any]:
    keys = visible_rows(model_admin.admin_site, request, SigningKey)
    if keys is None:
        return {}
    published = keys.exclude(expires_at__lte=timezone.now()).order_by("algorithm", "-generation")
    return {
        "can_see_keys": True,
        "timelines": timelines_of(published[:MOST_KEYS]),
        "ending_key": ending_signing_key(timezone.now() + SOON),
        "are_configured": bool(m2m_settings.SIGNING_KEYS),
        "used_algorithm": m2m_settings.SIGNING_ALGORITHM,
    }
