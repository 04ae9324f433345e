"""
Find the ``error_id`` in what somebody pastes: the id, an answer, a challenge, a log line.

A whole answer may hold more than the id, so what was pasted is read once and kept nowhere.
"""

import re
from typing import Final

__all__ = ["MAX_IDS", "error_ids_in"]

MAX_IDS: Final = 10
"""How many ids of one text are looked up."""

_FORM: Final = re.compile(r"[0-9a-z]{12}")
# JSON, JSON inside JSON, a challenge's attribute, a line of our log, a URL.
_QUOTE: Final = r"(?:\\*[\"']|%22)?"
_NAMED: Final = re.compile(
    rf"error[_ -]?id{_QUOTE}\s*(?:[:=]|%3a)?\s*{_QUOTE}\s*([0-9a-z]{{12}})(?![0-9a-z])",
    re.ASCII | re.IGNORECASE,
)


def error_ids_in(text: str) -> tuple[str, ...]:
    """Return the ids that *text* is or names, each once, the first MAX_IDS; () if none."""
    alone = text.strip().strip("\"'.,;").lower()
    if _FORM.fullmatch(alone):
        return (alone,)
    found = (match.lower() for match in _NAMED.findall(text))
    return tuple(dict.fromkeys(found))[:MAX_IDS]
