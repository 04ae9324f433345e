"""What a request costs in a small database and in a large one."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import IO, Final

from tests.benchmarks.databases import database, environment_of, output_of
from tests.benchmarks.servers import ROOT

__all__ = ["FULL", "SMALL", "Effort", "measured_sizes", "stopwatch"]

REQUESTS: Final = ("token, opaque", "token, jwt", "API, opaque", "API, jwt")


@dataclass(frozen=True, slots=True)
class Effort:
    """How large is large, and how often each request is made."""

    clients: int
    tokens: int
    secrets: int
    scopes: int
    rounds: int
    times: int


FULL: Final = Effort(1_000_000, 10_000_000, secrets=50, scopes=500, rounds=15, times=200)
SMALL: Final = Effort(100, 100, secrets=3, scopes=5, rounds=1, times=5)


class Stopwatch:
    """A process with a database of its own that makes requests and says what they took."""

    def __init__(self, lines_in: IO[str], lines_out: IO[str]) -> None:
        self._in, self._out = lines_in, lines_out

    def us(self, asked: Mapping[str, str], times: int) -> float:
        """Return the median in microseconds of so many requests."""
        self._in.write(json.dumps({"asked": asked, "times": times}) + "\n")
        self._in.flush()
        return float(self._out.readline())


@contextmanager
def stopwatch(url: str) -> Iterator[Stopwatch]:
    """Start a stopwatch on the database at *url*."""
    command = [sys.executable, "-m", "tests.benchmarks.project.stopwatch"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment_of(url),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Stopwatch(process.stdin, process.stdout)
        process.stdin.close()


def measured_sizes(effort: Effort) -> Iterable[str]:
    """Yield a table: each request in a small database, and how much more it takes elsewhere."""
    with ExitStack() as stack:
        small, large = (stack.enter_context(database()) for _ in range(2))
        shape = (str(effort.secrets), str(effort.scopes))
        sized = "tests.benchmarks.project.sized"
        in_small = json.loads(output_of(environment_of(small), sized, "10", "0", *shape))
        sizes = (str(effort.clients), str(effort.tokens))
        in_large = json.loads(output_of(environment_of(large), sized, *sizes, *shape))
        watches = [stack.enter_context(stopwatch(url)) for url in (small, large)]
        rows = {
            "10 clients with one secret and one scope, no other tokens": (
                watches[0],
                in_small["one of each"],
            ),
            f"{effort.clients:,} clients and {effort.tokens:,} tokens": (
                watches[1],
                in_large["one of each"],
            ),
            f"{effort.secrets} secrets": (watches[0], in_small["secrets"]),
            f"{effort.scopes} scopes": (watches[0], in_small["scopes"]),
        }
        taken: dict[tuple[str, str], list[float]] = {}
        for round_number in range(effort.rounds + 1):
            for name, (watch, asked) in rows.items():
                for request in REQUESTS:
                    us = watch.us(asked[request], effort.times)
                    # The first time is that of a process that has done nothing yet.
                    if round_number:
                        taken.setdefault((name, request), []).append(us)
    yield from _table(list(rows), taken)


def _table(names: list[str], taken: Mapping[tuple[str, str], list[float]]) -> Iterable[str]:
    yield "| | " + " | ".join(REQUESTS) + " |"
    yield "|---|" + "---:|" * len(REQUESTS)
    first, *others = names
    base = [median(taken[first, request]) for request in REQUESTS]
    yield f"| {first} | " + " | ".join(f"{us:,.0f} µs" for us in base) + " |"
    for name in others:
        # Of rounds that came one after the other, so that they saw the same machine.
        ratios = (
            median(
                there / here
                for there, here in zip(taken[name, request], taken[first, request], strict=True)
            )
            for request in REQUESTS
        )
        yield f"| {name} | " + " | ".join(f"x {ratio:.2f}" for ratio in ratios) + " |"
