"""What a declarative file says, on which line, and what is wrong with it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["BARE_KEY", "Document", "Fault", "FaultyDocument", "Place"]

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""

BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong, and where; *line* is 0 if the fault is of the whole file.

    *wanted* and *known* are a name that nothing has, and the names that it may be meant for.
    """

    line: int
    place: Place
    message: str
    wanted: str = ""
    known: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place as people write it: ``clients.nightly.scopes[0]``."""
        text = ""
        for step in self.place:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                text += f".{step if BARE_KEY.fullmatch(step) else json.dumps(step)}"
        return text.removeprefix(".")


class FaultyDocument(Exception):
    """A file that cannot be applied, with every fault that was found in it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults in the order of their lines."""
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__(f"{len(self.faults)} faults")


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file, and the line of each of its keys."""

    content: Mapping[str, Any]
    lines: Mapping[Place, int] = field(default_factory=dict)

    def fault(
        self, place: Place, message: str, *, wanted: str = "", known: Iterable[str] = ()
    ) -> Fault:
        """Return a fault at *place*, with the line of the nearest key that has one."""
        ends = (place[:length] for length in range(len(place), 0, -1))
        line = next((self.lines[end] for end in ends if end in self.lines), 0)
        return Fault(line, place, message, wanted, tuple(known))
