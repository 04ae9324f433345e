"""How many examples: always the same ones, so that no run fails where another passed."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import settings

__all__ = ["bounded", "outcome"]

# To look for new ones by hand: PROPERTY_EXAMPLES=20000, and each run has others.
_WANTED = os.environ.get("PROPERTY_EXAMPLES")

bounded = settings(
    max_examples=int(_WANTED or 100),
    derandomize=_WANTED is None,
    deadline=None,
    database=None,
)


def outcome(error: type[Exception], call: Callable[..., Any], *arguments: Any) -> Any:
    """Return what *call* returns, or the *error* that it may end in; no other one is caught."""
    try:
        return call(*arguments)
    except error as ended:
        return ended
