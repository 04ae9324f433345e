"""
What a process has read lately, and how long ago: a bounded memory that never serves old answers.

Whoever asks says how old an answer may be, so a setting that changes holds at once. The clock
cannot be set back. Of more entries than fit, those go first that nobody asked for longest.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Recent"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, each with the moment of ``time.monotonic()`` at which its reading began."""

    def __init__(self, max_entries: int) -> None:
        """Keep at most *max_entries*; a forked child begins with none."""
        self.max_entries = max_entries
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def get(self, key: K, max_age_seconds: float) -> V | None:
        """Return the value if it is younger than *max_age_seconds*, else None."""
        entries, lock = self._state
        with lock:
            found = entries.get(key)
            if found is None or time.monotonic() - found[1] >= max_age_seconds:
                return None
            entries.move_to_end(key)
            return found[0]

    def keep(self, key: K, value: V, read_at: float) -> None:
        """
        Keep *value*, which was read from *read_at* on.

        That is the moment before the question was put, not when the answer came: what changed
        between the two is then seen in time.
        """
        entries, lock = self._state
        with lock:
            entries[key] = (value, read_at)
            entries.move_to_end(key)
            if len(entries) > self.max_entries:
                entries.popitem(last=False)

    def forget(self) -> None:
        """Read everything anew."""
        # With a new lock: in a forked child a thread of the parent may hold the old one, and
        # is not there to release it.
        self._state: tuple[OrderedDict[K, tuple[V, float]], Lock] = (OrderedDict(), Lock())

    def __len__(self) -> int:
        return len(self._state[0])
