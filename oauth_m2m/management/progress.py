"""A line on a terminal that says how far a long deletion is."""

import time
from types import TracebackType
from typing import Self

from django.core.management.base import OutputWrapper

__all__ = ["Progress"]

_WIDTH = 60


class Progress:
    """
    Percentage, counts and rate, written over and over; nothing if *stream* is no terminal.

    *total* may turn out wrong while others delete or add rows: it only serves the display.
    """

    def __init__(self, stream: OutputWrapper, total: int) -> None:
        """Start the clock; the line appears with the first rows."""
        self._stream = stream
        self._total = total
        self._done = 0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        """Begin; see __exit__."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the line, so that what is printed next, an error too, starts on its own."""
        if self._done:
            self._write("\n")

    def add(self, rows: int) -> None:
        """Count *rows* more and show where we are."""
        self._done += rows
        seconds = max(time.monotonic() - self._started, 0.001)
        percent = min(100, 100 * self._done // max(self._total, 1))
        line = f"{percent:3d} %  {self._done:,} of {self._total:,}  {self._done / seconds:,.0f}/s"
        self._write("\r" + line.ljust(_WIDTH))

    def _write(self, text: str) -> None:
        if self._stream.isatty():
            # Standard error's own style is that of errors.
            self._stream.write(text, style_func=str, ending="")
            self._stream.flush()
