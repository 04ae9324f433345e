"""
Numbers and times, as people type them behind a flag and as they read them.

Values arrive as text from a shell and as Python objects from ``call_command``.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

__all__ = ["any_moment", "as_json", "as_text", "past_moment", "period", "whole_number"]

# A hundred years: a date further away does not fit into a datetime.
_LONGEST: Final = {"days": 36_500, "hours": 876_000}


def whole_number(value: object, flag: str, *, most: int = 2_147_483_647) -> int:
    """Return the number behind *flag*, from 1 to *most*, or raise CommandError."""
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if 1 <= number <= most:
        return number
    message = f"{flag} must be a whole number from 1 to {most}, not {value}."
    raise CommandError(message)


def period(
    value: object, flag: str, unit: Literal["days", "hours"], *, zero: bool = False
) -> timedelta | None:
    """
    Return the time behind *flag* in *unit*, or None if the flag was not given.

    Fractions are fine. Raises CommandError for what is no number, not positive (*zero* says
    whether 0 is fine), or longer than a hundred years.
    """
    if value is None:
        return None
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    longest = _LONGEST[unit]
    # Not a number (nan) is neither above nor below anything, so it fails here as well.
    if 0 <= number <= longest and (zero or number):
        return timedelta(**{unit: number})
    least = "0 or more" if zero else "more than 0"
    message = f"{flag} must be a number of {unit}, {least} and at most {longest}, not {value}."
    raise CommandError(message)


def any_moment(value: object, flag: str) -> datetime:
    """
    Return the moment behind *flag*; a date is its first moment, in the current time zone.

    Raises CommandError for what is no ISO 8601 date or time.
    """
    try:
        moment = parse_datetime(str(value))
    except ValueError:
        moment = None
    if moment is None:
        message = (
            f"{flag} must be a date or a time such as 2026-01-31 or 2026-01-31T18:00, not {value}."
        )
        raise CommandError(message)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def past_moment(value: object, flag: str) -> datetime:
    """Return the moment behind *flag*; one in the future raises CommandError as well."""
    moment = any_moment(value, flag)
    if moment > timezone.now():
        message = f"{flag} must not be in the future: what still works would be deleted."
        raise CommandError(message)
    return moment


def as_text(moment: datetime | None, *, otherwise: str = "never") -> str:
    """Return *moment* for people, in the current time zone; *otherwise* if there is none."""
    if moment is None:
        return otherwise
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"


def as_json(moment: datetime | None) -> str | None:
    """Return *moment* for programs: ISO 8601."""
    return None if moment is None else moment.isoformat()
