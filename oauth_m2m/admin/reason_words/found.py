"""Find the words of a reason as the audit trail stores it."""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.reason_words import clients, keys, requests, tokens
from oauth_m2m.admin.reason_words.words import ReasonWords
from oauth_m2m.reasons import Reason

__all__ = ["WORDS", "words_of"]

WORDS: Final[Mapping[Reason, ReasonWords]] = dict(
    chain.from_iterable(table.WORDS.items() for table in (requests, clients, keys, tokens))
)

_UNKNOWN: Final = ReasonWords(
    _("This version does not know this reason."),
    _("Look for it in the log and the release notes of the version that refused the request."),
)


def words_of(stored: str) -> ReasonWords:
    """Return the words of the reason *stored*; one of another version has general words."""
    try:
        return WORDS[Reason(stored)]
    except ValueError:
        return _UNKNOWN
