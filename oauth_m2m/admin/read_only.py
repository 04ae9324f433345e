"""Lists that people read and the machine writes: no form, and no count of a large table."""

from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

__all__ = ["COUNTED_ROWS", "BoundedPaginator", "ReadOnlyAdmin", "SortableList"]

COUNTED_ROWS: Final = 10_000
"""How far the pages of a list go; whoever looks for older rows filters or searches."""


class BoundedPaginator(Paginator):
    """A paginator that counts to COUNTED_ROWS and no further: a full count reads the table."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or COUNTED_ROWS if there are more."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment] # of a ModelAdmin it is one
        # In no order: the first that are found will do.
        return rows.order_by()[:COUNTED_ROWS].count()


class SortableList(ChangeList):
    """A list that is sorted by what its headings offer and by nothing else, whatever is asked."""

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what a column is sorted by; None if it is not."""
        offered = self.sortable_by or ()
        return super().get_ordering_field(field_name) if field_name in offered else None


class ReadOnlyAdmin(admin.ModelAdmin):
    """A screen without add, change and delete, for everybody."""

    paginator = BoundedPaginator
    show_full_result_count = False
    # Django's link "Show counts" would count the whole table for each choice of each filter.
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("oauth_m2m/admin.css",)}
        js = ("oauth_m2m/once.js",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - Django's signature
        """Return the list that nobody can make read its whole table."""
        return SortableList

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse."""
        return False
