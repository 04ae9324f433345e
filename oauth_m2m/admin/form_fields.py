"""Form fields for columns whose stock field does not fit."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

__all__ = ["MAX_LIFETIME_SECONDS", "LifetimeField", "NetworksField"]

MAX_LIFETIME_SECONDS: Final = 2**31 - 1
"""The most that PostgreSQL's integer holds; about 68 years."""


class LifetimeField(forms.IntegerField):
    """A number of seconds that a token lives; empty for the setting."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound it: zero breaks a constraint, and a huge one the clock of the token endpoint."""
        super().__init__(
            min_value=1,
            max_value=MAX_LIFETIME_SECONDS,
            required=False,
            label=_("Token lifetime"),
            **kwargs,
        )


class NetworksField(forms.Field):
    """A JSON list of networks as lines of text."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """Show a list one entry a line; what a person typed stays as it is."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: str | None) -> list[str]:
        """Return the lines that are not blank."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]
