"""
Whose rows a person sees: with ``OWNERS_SEE_ONLY_THEIR_OWN``, those of clients that are theirs.

Every screen asks here. Its list, object pages, history, search, filters, autocomplete and
actions all start from the queryset of the screen, so what is cut there is cut everywhere.
"""

from typing import Any, Final, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client

__all__ = ["MAY_SEE_ALL", "OwnedRows", "SharedRows", "is_limited", "of_own_clients", "own_clients"]

MAY_SEE_ALL: Final = "oauth_m2m.view_all_clients"

Row = TypeVar("Row", bound=models.Model)


def is_limited(user: Any) -> bool:
    """Whether *user* sees their own clients only."""
    return m2m_settings.OWNERS_SEE_ONLY_THEIR_OWN and not user.has_perm(MAY_SEE_ALL)


def own_clients(user: Any) -> QuerySet[Client]:
    """Return the clients that *user* may see."""
    return of_own_clients(user, Client.objects.all(), client="")


def of_own_clients(user: Any, rows: QuerySet[Row], client: str = "client") -> QuerySet[Row]:
    """Return those of *rows* whose *client* the user may see; "" where they are clients."""
    if not is_limited(user):
        return rows
    if user.pk is None:
        # Nobody in particular would be taken for the owner of what has none.
        return rows.none()
    owner = f"{client}__owner" if client else "owner"
    return rows.filter(**{owner: user.pk})


class OwnedRows(admin.ModelAdmin):
    """A screen of rows that belong to clients, or of clients: the path to it is *client_path*."""

    client_path = "client"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what belongs to others."""
        return of_own_clients(request.user, super().get_queryset(request), self.client_path)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        """Accept the person's own clients only, and name no other."""
        if db_field.related_model is Client:
            kwargs["queryset"] = own_clients(request.user)
            kwargs["widget"] = _OwnClientWidget(
                db_field.remote_field, self.admin_site, own=kwargs["queryset"]
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001 - Django's signature
        **kwargs: Any,
    ) -> Any:
        """Tell the form who fills it in."""
        form = super().get_form(request, obj, change, **kwargs)
        form.acting_user = request.user  # type: ignore[attr-defined] # Django makes a class for each request
        return form


class SharedRows(admin.ModelAdmin):
    """
    A screen of what all clients share: who is limited to some of them may look, not change.

    Whoever writes a scope, an API or a trusted issuer changes what others' clients are.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse those who are limited to their own clients."""
        return super().has_add_permission(request) and not is_limited(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse those who are limited to their own clients."""
        return super().has_change_permission(request, obj) and not is_limited(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse those who are limited to their own clients."""
        return super().has_delete_permission(request, obj) and not is_limited(request.user)


class _OwnClientWidget(ForeignKeyRawIdWidget):
    """Django's field for an id; its label would name any client whose id somebody typed."""

    def __init__(self, *args: Any, own: QuerySet[Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._own = own

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        try:
            is_own = self._own.filter(pk=value).exists()
        except (ValueError, OverflowError):
            is_own = False
        return super().label_and_url_for_value(value) if is_own else ("", "")
