"""
Measure what size does: ``python -m tests.benchmarks.scale [--quick] [--out FILE]``.

PostgreSQL comes as a package, or is at ``DATABASE_URL``; it needs eight gigabytes of disk.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.cleaning import measured_cleaning
from tests.benchmarks.report import surroundings
from tests.benchmarks.sizes import FULL, SMALL, measured_sizes
from tests.benchmarks.starting import measured_start

_INTRODUCTION = """\
# Size

Written by `python -m tests.benchmarks.scale --out docs/scale.md`, on PostgreSQL: what a request
costs when there is much of everything, what it takes to delete a lot of expired tokens, and what
the app adds to the start of a process. Compare ratios; the rest depends on the machine.
"""
_SIZES = """
## The same request where there is more

From the call of the view to its response, the database included; medians of {rounds} rounds of
{times} requests each, the rows in turn. Every switch is as it comes.
"""
_CLEANING = """
## Deleting expired tokens

`m2m_clear_expired` beside django-oauth-toolkit's `cleartokens`, each with its own defaults and
the same number of tokens, all of them expired.
"""
_START = """
## Starting a process

`django.setup()` in a fresh process without the app and with it, {rounds} times in turn.
"""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, once")
    parser.add_argument("--out", type=Path, help="the file to write; without, it is printed")
    options = parser.parse_args()
    written = "\n".join([*_page(is_quick=options.quick), ""])
    if options.out is None:
        sys.stdout.write(written)
    else:
        options.out.write_text(written)


def _page(*, is_quick: bool) -> Iterable[str]:
    effort, rows, rounds = (SMALL, 1_000, 1) if is_quick else (FULL, 1_000_000, 15)
    yield _INTRODUCTION
    yield _SIZES.format(rounds=effort.rounds, times=effort.times)
    yield from measured_sizes(effort)
    yield _CLEANING
    yield from measured_cleaning(rows)
    yield _START.format(rounds=rounds)
    yield from measured_start(rounds)
    yield "\n## Measured with\n"
    yield from surroundings()


if __name__ == "__main__":
    main()
