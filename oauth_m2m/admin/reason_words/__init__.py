"""Why a request was refused and what to do next, in sentences, one for each reason."""

from oauth_m2m.admin.reason_words.found import words_of
from oauth_m2m.admin.reason_words.words import ReasonWords

__all__ = ["ReasonWords", "words_of"]
