"""The audit trail in the admin: read it, filter it, search it."""

import json
from operator import attrgetter
from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.csv_export import csv_action
from oauth_m2m.admin.event_filters import KindFilter, ReasonFilter, events_about
from oauth_m2m.admin.owned import OwnedRows
from oauth_m2m.admin.read_only import ReadOnlyAdmin
from oauth_m2m.admin.refused import refused_view
from oauth_m2m.models import AuditEvent

__all__ = ["AuditEventAdmin"]


EVENT_COLUMNS: Final = {
    name: attrgetter(name)
    for name in (
        "created_at",
        "kind",
        "actor_name",
        "client_identifier",
        "address",
        "reason",
        "error_id",
        "count",
        "detail",
    )
}


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin, OwnedRows):
    """The audit trail, newest first."""

    list_display = (
        "created_at",
        "kind",
        "actor_name",
        "client_identifier",
        "address",
        "reason",
        "count",
        "is_sealed",
    )
    list_filter = (KindFilter, "created_at", ReasonFilter)
    # By anything else it takes long: the trail may have millions of rows.
    sortable_by = ("created_at",)
    search_fields = ("client_identifier",)
    search_help_text = _(
        "An error_id; or a client's id or name, or a part of it. Of a client that was deleted,"
        " and of a caller that none of ours is: the whole id."
    )
    actions = (csv_action(EVENT_COLUMNS, "m2m_export_audit"),)
    fields = (
        "created_at",
        "kind",
        "actor_name",
        "actor",
        "client_identifier",
        "client",
        "address",
        "reason",
        "error_id",
        "count",
        "seal",
        "detail_as_json",
    )
    readonly_fields = ("detail_as_json",)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[AuditEvent],
        search_term: str,
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Search by what has an index."""
        words = search_term.strip()
        return (events_about(queryset, words) if words else queryset), False

    def get_urls(self) -> list[URLPattern]:
        """Add the page that finds a refusal by its id."""
        view = self.admin_site.admin_view(self.refused_view)
        return [path("refused/", view, name="oauth_m2m_auditevent_refused"), *super().get_urls()]

    def refused_view(self, request: HttpRequest) -> HttpResponse:
        """Say why a request was refused."""
        return refused_view(self, request)

    @admin.display(description=_("detail"))
    def detail_as_json(self, event: AuditEvent) -> str:
        """Return the detail as indented JSON."""
        text = json.dumps(event.detail, indent=2, ensure_ascii=False)
        return format_html('<pre class="m2m-code">{}</pre>', text)

    @admin.display(description=_("sealed"), boolean=True)
    def is_sealed(self, event: AuditEvent) -> bool:
        """Whether the row is in a batch that m2m_verify_audit holds."""
        return event.seal_id is not None
