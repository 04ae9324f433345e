"""Requests of several threads at once, each of which remembers how it was answered."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import requests

from tests.host.site import wait_until

__all__ = ["Answer", "Load", "under_load"]


@dataclass(frozen=True)
class Answer:
    """One answer; the status is 0 if there was none, as when the process died."""

    deed: str
    began_at: float
    status: int
    body: Any = field(repr=False)


class Load:
    """What was answered so far."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.is_over = threading.Event()

    def statuses(self, since: float = 0.0) -> Counter[int]:
        """Count the answers to requests that began after *since*, by status."""
        return Counter(answer.status for answer in [*self.answers] if answer.began_at >= since)

    def bodies(self, deed: str) -> list[Any]:
        """Return what *deed* was answered with 200."""
        return [a.body for a in [*self.answers] if (a.deed, a.status) == (deed, 200)]

    def wait_for(self, number: int, status: int, since: float = 0.0) -> None:
        """Wait until *number* requests that began after *since* were answered with *status*."""
        wait_until(lambda: self.statuses(since)[status] >= number)

    def run(self, deeds: Sequence[Callable[[], requests.Response]]) -> None:
        """Do one after the other, again and again, until it is over."""
        while not self.is_over.is_set():
            for deed in deeds:
                self._do(deed)

    def _do(self, deed: Callable[[], requests.Response]) -> None:
        began_at = monotonic()
        try:
            response = deed()
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            answer = Answer(deed.__name__, began_at, 0, None)
        else:
            answer = Answer(deed.__name__, began_at, response.status_code, response.json())
        self.answers.append(answer)


@contextmanager
def under_load(*deeds: Callable[[], requests.Response], threads: int = 4):
    """Do *deeds* in each of several threads while the block runs; yields the Load."""
    load = Load()
    running = [threading.Thread(target=load.run, args=[deeds]) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield load
    finally:
        load.is_over.set()
        for thread in running:
            thread.join()
