"""The audit trail in the admin: read it, filter it, search it."""

import json
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.read_only import ReadOnlyAdmin
from oauth_m2m.models import AuditEvent

__all__ = ["KINDS", "AuditEventAdmin"]

KINDS: Final = (
    "client.created",
    "client.changed",
    "client.disabled",
    "client.enabled",
    "client.deleted",
    "client.tokens_imported",
    "client.tokens_revoked",
    "secret.created",
    "secret.rotated",
    "secret.imported",
    "secret.revoked",
    "credential.leaked",
    "api.refused",
    "token.refused",
    "token.revoked",
    "introspection.refused",
    "revocation.refused",
    "secret_scanning.refused",
    "signing_key.rotated",
    "scope.created",
    "scope.changed",
    "scope.deleted",
    "resource_server.created",
    "resource_server.changed",
    "resource_server.deleted",
    "client_key.created",
    "client_key.revoked",
    "trusted_issuer.created",
    "trusted_issuer.changed",
    "trusted_issuer.deleted",
    "workload_identity.created",
    "workload_identity.changed",
    "workload_identity.deleted",
)


class KindFilter(admin.SimpleListFilter):
    """Events of one kind. The kinds are written down: to find them would read the whole trail."""

    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        """Offer all kinds."""
        return [(kind, kind) for kind in KINDS]

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
        "detail_as_json",
    )
    readonly_fields = ("detail_as_json",)

    @admin.display(description=_("detail"))
    def detail_as_json(self, event: AuditEvent) -> str:
        """Return the detail as indented JSON."""
        text = json.dumps(event.detail, indent=2, ensure_ascii=False)
        return format_html('<pre class="m2m-code">{}</pre>', text)
