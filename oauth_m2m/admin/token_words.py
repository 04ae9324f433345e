"""The format and the lifetime of tokens in a few words: "opaque", "90 minutes"."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oauth_m2m.models import TokenFormat

__all__ = ["format_in_a_word", "lifetime_in_words"]


def format_in_a_word(token_format: str) -> str:
    """Return what people call *token_format*."""
    return _("signed") if token_format == TokenFormat.JWT else _("opaque")


def lifetime_in_words(length: timedelta) -> str:
    """Return *length* in the largest unit that divides it; parts of a second are dropped."""
    seconds = int(length.total_seconds())
    if seconds and seconds % 86_400 == 0:
        days = seconds // 86_400
        return ngettext("%d day", "%d days", days) % days
    if seconds and seconds % 3_600 == 0:
        hours = seconds // 3_600
        return ngettext("%d hour", "%d hours", hours) % hours
    if seconds and seconds % 60 == 0:
        minutes = seconds // 60
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    return ngettext("%d second", "%d seconds", seconds) % seconds
