"""Clients that need a look: unused ones, and those whose credentials end soon."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models import Client

__all__ = ["EndingFilter", "UseFilter"]


class UseFilter(admin.SimpleListFilter):
    """Clients that nobody uses."""

    title = _("use")
    parameter_name = "unused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002 - Django's signature
        """Offer how long."""
        return [
            ("30", _("unused for 30 days")),
            ("90", _("unused for 90 days")),
            ("never", _("never used")),
        ]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[Client],
    ) -> QuerySet[Client]:
        """Keep those that did nothing in that time and are older than it."""
        match self.value():
            case "never":
                return queryset.filter(last_used_at=None)
            case "30" | "90" as days:
                since = timezone.now() - timedelta(days=int(days))
                return queryset.filter(created_at__lt=since).exclude(last_used_at__gte=since)
            case _:
                return queryset


class EndingFilter(admin.SimpleListFilter):
    """Clients with a secret, key or certificate that ends soon."""

    title = _("end of a credential")
    parameter_name = "ending"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002 - Django's signature
        """Offer how soon."""
        return [("7", _("within 7 days")), ("30", _("within 30 days"))]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[Client],
    ) -> QuerySet[Client]:
        """Keep those that have one."""
        if self.value() not in {"7", "30"}:
            return queryset
        until = timezone.now() + timedelta(days=int(self.value() or 0))
        # In a query of its own: its rows are one for each credential.
        ending = Client.objects.with_credential_expiring_before(until)
        return queryset.filter(pk__in=ending.order_by().values("pk"))
