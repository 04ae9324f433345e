"""Form fields for what a client proves itself with."""

import ipaddress
from collections.abc import Sequence
from typing import Any, Final

from cryptography import x509
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from oauth_m2m.keys.certificates import SUBJECT_MATCHERS

__all__ = ["CertificateSubjectField", "HttpsField", "PastedTextarea"]

_MATCHER_LABELS: Final = {
    "subject_dn": _("the whole subject"),
    "san_dns": _("a DNS name"),
    "san_uri": _("a URI"),
    "san_ip": _("an IP address"),
    "san_email": _("an e-mail address"),
}


class HttpsField(forms.URLField):
    """An https address; one without a scheme gets https."""

    default_validators = [URLValidator(schemes=["https"])]
    default_error_messages = {"invalid": _("Enter an address that begins with https://.")}

    def __init__(self, **kwargs: Any) -> None:
        """Make the field as wide as the admin's others."""
        widget = forms.URLInput(attrs={"class": "vURLField"})
        super().__init__(max_length=500, assume_scheme="https", widget=widget, **kwargs)
        for validator in self.validators:
            if isinstance(validator, URLValidator):
                validator.message = self.error_messages["invalid"]


class PastedTextarea(forms.Textarea):
    """A box that never shows what was pasted into it: it may have been a private key."""

    def format_value(self, value: Any) -> None:  # noqa: ARG002 - Django's signature
        """Show nothing."""
        return


class CertificateSubjectWidget(forms.MultiWidget):
    """What to look at in a certificate, and what must stand there."""

    def __init__(self) -> None:
        """Put the choice before the text."""
        choices = [("", _("not used")), *_MATCHER_LABELS.items()]
        look_at = forms.Select(choices=choices, attrs={"aria-label": _("What to look at")})
        text = forms.TextInput(attrs={"class": "vTextField", "aria-label": _("What it must say")})
        super().__init__([look_at, text])

    def decompress(self, value: dict[str, str] | None) -> list[str]:
        """Return the matcher and its text."""
        return ["", ""] if not value else list(next(iter(value.items())))


class CertificateSubjectField(forms.MultiValueField):
    """One of the five names that RFC 8705 section 2.1.2 lets a server look at."""

    default_error_messages = {
        "half": _("Choose what to look at, and write what it must say."),
        "dn": _("That is no subject. Write it like CN=orders,O=Example."),
        "ip": _("That is no IP address."),
    }

    def __init__(self, **kwargs: Any) -> None:
        """Make a field that may stay empty."""
        fields = (
            forms.ChoiceField(choices=[(name, name) for name in SUBJECT_MATCHERS], required=False),
            forms.CharField(max_length=500, required=False),
        )
        super().__init__(
            fields,
            widget=CertificateSubjectWidget(),
            require_all_fields=False,
            required=False,
            **kwargs,
        )

    def compress(self, data_list: Sequence[str]) -> dict[str, str]:
        """Return the one name, or {} for none; raises ValidationError for what matches nothing."""
        matcher, text = data_list or ("", "")
        if not matcher and not text:
            return {}
        refusals = (
            (not matcher or not text, "half"),
            (matcher == "subject_dn" and not _is_name(text), "dn"),
            (matcher == "san_ip" and not _is_address(text), "ip"),
        )
        for applies, code in refusals:
            if applies:
                raise ValidationError(self.error_messages[code], code=code)
        return {matcher: text}


def _is_name(text: str) -> bool:
    try:
        return bool(list(x509.Name.from_rfc4514_string(text)))
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
