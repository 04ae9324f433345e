"""
Measure every contender on this machine: ``python -m tests.benchmarks [--quick] [--out FILE]``.

Needs wrk, Node.js and npm; PostgreSQL comes as a package, or is at ``DATABASE_URL``.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.benchmarks.contenders import APIS, ENDPOINTS, QUICK, Contender
from tests.benchmarks.load import Measured, measure
from tests.benchmarks.report import page
from tests.benchmarks.servers import ROOT, Server, installed_provider, missing, running
from tests.services import start_postgresql

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
    with _database() as url, installed_provider() as provider:
        environment = {
            "DATABASE_URL": url,
            "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", ""),
        }
        asked = json.loads(_prepared(environment))
        tables: list[Runs] = []
        for group in (ENDPOINTS, APIS):
            chosen = [one for one in group if _is_chosen(one, asked, is_quick=options.quick)]
            tables.append(_measured(chosen, asked, environment, provider, (rounds, seconds)))
    written = page(*tables, rounds=rounds, seconds=seconds)
    if options.out is None:
        sys.stdout.write(written)
    else:
        options.out.write_text(written)


@contextmanager
def _database() -> Iterator[str]:
    url = os.environ.get("DATABASE_URL") or start_postgresql()
    name = f"m2m_benchmarks_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _prepared(environment: Mapping[str, str]) -> bytes:
    command = [sys.executable, "-m", "tests.benchmarks.project.prepare"]
    surroundings = {**os.environ, **environment}
    surroundings["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.project.settings"
    return subprocess.run(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, check=True
    ).stdout


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
                surroundings["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.project.settings"
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
