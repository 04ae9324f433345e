"""
Forms that notice when somebody else was faster.

The page carries a version: a digest of what its fields said when it was opened. What was
saved meanwhile has another one, and the second save is refused instead of undoing the first.
"""

import hashlib
import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, router
from django.utils.translation import gettext as _

__all__ = ["StaleForm", "version_of"]


def version_of(row: models.Model, field_names: frozenset[str]) -> str:
    """
    Return a digest of the columns *field_names* of *row*, and of all it is related to.

    What the form does not write has no say: a counter that goes on is no reason to refuse.
    """
    columns = {
        field.name: field.value_from_object(row)
        for field in row._meta.concrete_fields  # noqa: SLF001 - Django's documented model API
        if field.name in field_names
    }
    relations = {
        field.name: sorted(map(str, _related(field, row)))
        for field in row._meta.many_to_many  # noqa: SLF001 - as above
    }
    text = json.dumps([columns, relations], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class StaleForm(forms.ModelForm):
    """A form whose page knows the version of its row. The admin's template writes it out."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Remember what is there now; a new row has no version."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["version"]
        else:
            self.initial["version"] = version_of(self.instance, frozenset(self.fields))

    def clean(self) -> dict[str, Any] | None:
        """Refuse when the row has another version than the page had."""
        cleaned = super().clean()
        if self.instance.pk is not None and self.cleaned_data.get("version") != self._version():
            message = _(
                "This was changed since you opened the page, perhaps by somebody else. Nothing was"
                " saved: open the page again, look at what is there now, and decide anew."
            )
            raise ValidationError(message, code="stale")
        return cleaned

    def _version(self) -> str | None:
        # Until the end of the request's transaction nobody else can change the row, so of two
        # who save in one moment the second is refused.
        model = type(self.instance)
        rows = model._default_manager.using(router.db_for_write(model))  # noqa: SLF001 - the documented way to a model's manager
        row = rows.select_for_update().filter(pk=self.instance.pk).first()
        return None if row is None else version_of(row, frozenset(self.fields))


def _related(field: Any, row: models.Model) -> Any:
    through = field.remote_field.through
    columns = [column.attname for column in through._meta.concrete_fields if not column.primary_key]  # noqa: SLF001 - Django's documented model API
    rows = through._default_manager.using(row._state.db)  # noqa: SLF001 - as above
    return rows.filter(**{field.m2m_field_name(): row}).values_list(*columns)
