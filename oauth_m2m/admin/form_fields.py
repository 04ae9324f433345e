"""Form fields for columns whose stock field does not fit."""

import json
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import TokenFormat

__all__ = [
    "MAX_LIFETIME_SECONDS",
    "LifetimeField",
    "MetadataField",
    "NetworksField",
    "TokenFormatField",
]

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


class TokenFormatField(forms.ChoiceField):
    """The format of tokens; empty for whatever comes next in line."""

    default_error_messages = {
        "no_issuer": _(
            "A signed token says who issued it, and OAUTH_M2M has no ISSUER: set it to this"
            " server's public URL first."
        )
    }

    def __init__(self, **kwargs: Any) -> None:
        """Offer the formats, and none."""
        super().__init__(
            choices=[("", "---------"), *TokenFormat.choices],
            required=False,
            label=_("Token format"),
            **kwargs,
        )

    def validate(self, value: str) -> None:
        """Refuse signed tokens where none can be issued: each request would be a 503."""
        super().validate(value)
        if value == TokenFormat.JWT and not m2m_settings.ISSUER:
            raise ValidationError(self.error_messages["no_issuer"], code="no_issuer")


class NetworksField(forms.Field):
    """A JSON list of networks as lines of text."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """Show a list one entry a line; what a person typed stays as it is."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: str | None) -> list[str]:
        """Return the lines that are not blank."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class MetadataField(forms.JSONField):
    """JSON that PostgreSQL stores: no NUL, no half a character, no NaN."""

    default_error_messages = {
        "unstorable": _("NaN, infinity, NUL and half characters cannot be stored.")
    }

    def __init__(self, **kwargs: Any) -> None:
        """Make a field that may stay empty."""
        super().__init__(required=False, **kwargs)

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ARG002 - Django's signature
        """Show what was typed; written out again, half a character would break the page."""
        return InvalidJSONInput(data or "")

    def clean(self, value: Any) -> Any:
        """Return the value, or an empty object for nothing."""
        cleaned = super().clean(value)
        if cleaned is None:
            return {}
        if not _is_storable(cleaned):
            raise ValidationError(self.error_messages["unstorable"], code="unstorable")
        return cleaned


def _is_storable(value: Any) -> bool:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except ValueError:
        return False
    return "\\u0000" not in text
