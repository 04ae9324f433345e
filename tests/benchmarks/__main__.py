"""
Measure every contender on this machine: ``python -m tests.benchmarks [--quick] [--out FILE]``.

Needs wrk, Node.js and npm; PostgreSQL comes as a package, or is at ``DATABASE_URL``.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.contenders import APIS, ENDPOINTS, QUICK, Contender
from tests.benchmarks.databases import database, environment_of, output_of
from tests.benchmarks.load import Measured, measure
from tests.benchmarks.report import page
from tests.benchmarks.servers import Server, installed_provider, missing, running

Asked = Mapping[str, Mapping[str, str]]
Runs = dict[tuple[str, str], list[Measured]]


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few contenders, for a moment")
    parser.add_argument("--out", type=Path, help="the file to write; without, it is printed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="for each contender and round")
    options = parser.parse_args()
    if absent := missing():
        parser.error(f"install {', '.join(absent)} first")
    rounds, seconds = (1, 1) if options.quick else (options.rounds, options.seconds)
    with database() as url, installed_provider() as provider:
        environment = environment_of(url)
        asked = json.loads(output_of(environment, "tests.benchmarks.project.prepare"))
        tables: list[Runs] = []
        for group in (ENDPOINTS, APIS):
            chosen = [one for one in group if _is_chosen(one, asked, is_quick=options.quick)]
            tables.append(_measured(chosen, asked, environment, provider, (rounds, seconds)))
    written = page(*tables, rounds=rounds, seconds=seconds)
    if options.out is None:
        sys.stdout.write(written)
    else:
        options.out.write_text(written)


def _is_chosen(contender: Contender, asked: Asked, *, is_quick: bool) -> bool:
    return contender.asked in asked and (not is_quick or contender.name in QUICK)


def _measured(
    contenders: list[Contender],
    asked: Asked,
    environment: Mapping[str, str],
    provider: Path,
    effort: tuple[int, int],
) -> Runs:
    rounds, seconds = effort
    runs: Runs = {}
    with ExitStack() as stack:
        servers: list[tuple[Contender, str, Server]] = []
        for contender in contenders:
            for kind in contender.servers:
                surroundings = {**environment, **contender.environment}
                run = running(kind, contender.application, surroundings, provider)
                servers.append((contender, kind, stack.enter_context(run)))
        # Once unmeasured: what a process does at its first request is another question.
        for contender, _, server in servers:
            measure(server, asked[contender.asked], 1)
        # In turn, so that whatever else the machine does hits all of them.
        for _ in range(rounds):
            for contender, kind, server in servers:
                run = measure(server, asked[contender.asked], seconds)
                runs.setdefault((contender.name, kind), []).append(run)
    return runs


if __name__ == "__main__":
    main()
