"""Rows for the tables as they were after any migration, made from the fields of their models."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# What constraints ask for, where the field alone does not say it.
EXACT: dict[str, Any] = {
    "expires_at": MOMENT + timedelta(days=2),
    "retires_at": MOMENT + timedelta(days=1),
    "revoked_at": None,
    "cleared_at": None,
    "claimed_at": None,
    "withdrawn_at": None,
}
# Foreign keys that may be empty, but not all of them in one row.
NEEDED = {("expirynotice", "secret")}
# The first kind that a field is of; everything else is text.
BY_KIND: dict[type[models.Field], Any] = {
    models.DateTimeField: MOMENT,
    models.DateField: date(2026, 1, 2),
    models.DurationField: timedelta(hours=1),
    models.JSONField: {"a": [1, "é"]},
    models.BooleanField: True,
    models.IntegerField: 1,
    models.GenericIPAddressField: "192.0.2.7",
}


def make_row(model: type[models.Model]) -> models.Model:
    """Save a row of *model*, and first the rows that it needs; returns the one there is, if any."""
    if (row := model._default_manager.first()) is not None:
        return row
    values = {
        field.name: _value(field)
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField) and not _is_left_out(field)
    }
    return model._default_manager.create(**values)


def described(model: type[models.Model], names: set[str]) -> list[dict[str, Any]]:
    """Return what the rows of *model* hold in the columns of *names*, in their order."""
    return list(model._default_manager.order_by("pk").values(*sorted(names)))


def columns(model: type[models.Model]) -> set[str]:
    """Return the names under which rows of *model* keep their values."""
    return {field.attname for field in model._meta.concrete_fields}


def _is_left_out(field: models.Field) -> bool:
    # Users are another app's.
    is_optional = isinstance(field, models.ForeignKey) and field.null
    return is_optional and (field.model._meta.model_name, field.name) not in NEEDED


def _value(field: models.Field) -> Any:
    if isinstance(field, models.ForeignKey):
        return make_row(field.remote_field.model)
    if field.name in EXACT:
        return EXACT[field.name]
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.JSONField) and field.has_default():
        return field.get_default()
    text = f"x{field.name}"[: field.max_length]
    return next((value for kind, value in BY_KIND.items() if isinstance(field, kind)), text)
