"""The audit trail in the admin: read it, filter it, search it."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.read_only import ReadOnlyAdmin
from oauth_m2m.admin.refused import refused_view
from oauth_m2m.audit_kinds import AUDIT_KINDS
from oauth_m2m.models import AuditEvent

__all__ = ["AuditEventAdmin"]


class KindFilter(admin.SimpleListFilter):
    """Events of one kind. The kinds are written down: to find them would read the whole trail."""

    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        """Offer all kinds."""
        return [(kind, kind) for kind in AUDIT_KINDS]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[AuditEvent],
    ) -> QuerySet[AuditEvent]:
        """Keep the chosen kind."""
        kind = self.value()
        return queryset if kind is None else queryset.filter(kind=kind)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
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
    list_filter = (KindFilter, "created_at")
    search_fields = ("client_identifier", "=error_id")
    search_help_text = _("A client id, or the error_id that a caller was told.")
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
