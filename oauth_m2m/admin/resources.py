"""Scopes and resource servers in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.form_fields import LifetimeField, TokenFormatField
from oauth_m2m.admin.owned import SharedRows, is_limited
from oauth_m2m.admin.refusals import RefusalsAsMessages
from oauth_m2m.admin.stale_forms import StaleForm
from oauth_m2m.models import ResourceServer, Scope
from oauth_m2m.operations.resources import delete_resource, save_resource

__all__ = ["ResourceServerAdmin", "ScopeAdmin"]


class ResourceServerForm(StaleForm):
    """A resource server, its tokens, and the clients that may ask about them."""

    token_format = TokenFormatField(
        help_text=_("Empty: the setting TOKEN_FORMAT. What a client says goes first.")
    )
    token_lifetime = LifetimeField(help_text=_("Seconds; empty: the setting."))

    class Meta:
        model = ResourceServer
        fields = ("identifier", "name")  # the admin asks for those of its screen


class ScopeForm(StaleForm):
    """A scope."""

    class Meta:
        model = Scope
        fields = ("name", "description", "resource_server")


class _ResourceAdmin(RefusalsAsMessages, SharedRows):
    show_full_result_count = False

    class Media:
        js = ("oauth_m2m/once.js",)

    def save_model(
        self,
        request: HttpRequest,
        obj: Scope | ResourceServer,
        form: forms.ModelForm,
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        """Save it, with a line in the audit trail."""
        clients = form.cleaned_data.get("introspecting_clients")
        save_resource(obj, introspecting_clients=clients, actor=actor_of(request))

    def save_related(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: save_model did it, in one operation."""

    def delete_model(self, request: HttpRequest, obj: Scope | ResourceServer) -> None:
        """Delete it, with a line in the audit trail."""
        delete_resource(obj, actor=actor_of(request))

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Scope] | QuerySet[ResourceServer]
    ) -> None:
        """Delete each, with a line each in the audit trail."""
        for row in queryset:
            delete_resource(row, actor=actor_of(request))


@admin.register(Scope)
class ScopeAdmin(_ResourceAdmin):
    """What clients may be allowed to do."""

    form = ScopeForm
    list_display = ("name", "description", "resource_server")
    list_filter = ("resource_server",)
    list_select_related = ("resource_server",)
    search_fields = ("name", "description")
    fields = ScopeForm.Meta.fields


@admin.register(ResourceServer)
class ResourceServerAdmin(_ResourceAdmin):
    """The APIs that scopes belong to."""

    form = ResourceServerForm
    list_display = ("name", "identifier")
    search_fields = ("name", "identifier")
    fields = ("identifier", "name", "token_format", "token_lifetime", "introspecting_clients")
    # There may be very many clients, too many for a list to choose from.
    autocomplete_fields = ("introspecting_clients",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name no client of others to those who may see their own only."""
        fields = super().get_fields(request, obj)
        hidden = {"introspecting_clients"} if is_limited(request.user) else set()
        return [name for name in fields if name not in hidden]
