"""What the admin says of one reason."""

from dataclasses import dataclass

from django.utils.functional import Promise

__all__ = ["ReasonWords"]


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """Two texts in the reader's language: what was wrong, and what to do next."""

    what: str | Promise
    next_step: str | Promise
