"""
Export rows of a list as CSV, for people with a spreadsheet.

A cell that a spreadsheet would take for a formula begins with an apostrophe: client ids and
names come from people, and those of refused callers from anybody.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

__all__ = ["MAX_ROWS", "csv_action", "safe_cell"]

MAX_ROWS: Final = 50_000
"""What fits into memory; whoever wants more takes a command."""

# The wide forms are formulas too where people type them.
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CHUNK: Final = 2_000

Columns = Mapping[str, Callable[[Any], object]]


def csv_action(columns: Columns, command: str, *related: str) -> Callable[..., HttpResponse | None]:
    """
    Return the action of a list that exports *columns*, each a heading and how to read it.

    *command* is what exports more than MAX_ROWS; *related* is fetched with each row.
    """

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_as_csv(
        model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Answer with a file; with a message if that would be too long."""
        file = io.StringIO(newline="")
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        found = queryset.select_related(*related) if related else queryset
        rows = found[: MAX_ROWS + 1].iterator(chunk_size=_CHUNK)
        for number, row in enumerate(rows):
            if number == MAX_ROWS:
                _refuse(model_admin, request, command)
                return None
            writer.writerow([safe_cell(read(row)) for read in columns.values()])
        name = f"{model_admin.opts.model_name}-{timezone.localdate():%Y-%m-%d}.csv"
        return HttpResponse(
            # The mark at the beginning tells spreadsheets that it is UTF-8.
            file.getvalue().encode("utf-8-sig"),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return export_as_csv


def safe_cell(value: object) -> str:
    """Return *value* as the text of a cell that no spreadsheet calculates."""
    text = _text(value)
    # Spreadsheets drop what is blank before they look.
    if text.lstrip().startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")):
        return f"'{text}"
    return text


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(timespec="seconds")
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case list():
            return " ".join(map(str, value))
        case _:
            return str(value)


def _refuse(model_admin: admin.ModelAdmin, request: HttpRequest, command: str) -> None:
    message = gettext(
        "Nothing was exported: there are more than %(most)d rows. Filter the list, or run"
        " %(command)s."
    )
    values = {"most": MAX_ROWS, "command": command}
    model_admin.message_user(request, message % values, messages.ERROR)
