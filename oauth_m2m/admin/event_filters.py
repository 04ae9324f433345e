"""Find lines of the audit trail by what has an index: it may have millions of them."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.error_ids import error_ids_in
from oauth_m2m.audit_kinds import AUDIT_KINDS
from oauth_m2m.models import AuditEvent, Client

__all__ = ["KindFilter", "ReasonFilter", "events_about"]

SEARCHED_CLIENTS: Final = 100
ANY_REFUSAL: Final = "refused"


class KindFilter(admin.SimpleListFilter):
    """Events of one kind. The kinds are written down: to find them would read the whole trail."""

    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002 - Django's signature
        """Offer all refusals together, and all kinds."""
        return [(ANY_REFUSAL, _("any refusal")), *((kind, kind) for kind in AUDIT_KINDS)]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[AuditEvent],
    ) -> QuerySet[AuditEvent]:
        """Keep the chosen kind."""
        kind = self.value()
        if kind == ANY_REFUSAL:
            return queryset.exclude(error_id="")
        return queryset if kind is None else queryset.filter(kind=kind)


class ReasonFilter(admin.SimpleListFilter):
    """Refusals for one reason, as a link asks for them: a list of all reasons would be too long."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        """Offer the one that was asked for; without one the filter is not there."""
        reason = request.GET.get(self.parameter_name)
        return [(reason, reason)] if reason else []

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[AuditEvent],
    ) -> QuerySet[AuditEvent]:
        """Keep the refusals for it."""
        return queryset.filter(reason=self.value()).exclude(error_id="")


def events_about(events: QuerySet[AuditEvent], words: str) -> QuerySet[AuditEvent]:
    """
    Return those of *events* that *words* mean: an ``error_id``, or a client.

    A part of a client's id or name is looked for among the clients, and the trail is asked
    for the ids of at most SEARCHED_CLIENTS that have it.
    """
    error_ids = error_ids_in(words)
    if error_ids and events.filter(error_id__in=error_ids).exists():
        return events.filter(error_id__in=error_ids)
    clients = Client.objects.filter(Q(client_id__icontains=words) | Q(name__icontains=words))
    names = clients.order_by("client_id").values_list("client_id", flat=True)[:SEARCHED_CLIENTS]
    return events.filter(client_identifier__in={words, *names})
