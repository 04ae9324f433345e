"""How long expired tokens take to delete, beside the toolkit's, and what it does to others."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import psycopg

from tests.benchmarks.databases import database, environment_of, output_of
from tests.benchmarks.servers import ROOT
from tests.benchmarks.sizes import stopwatch

__all__ = ["measured_cleaning"]

_OURS: Final = """
INSERT INTO oauth_m2m_accesstoken (
    token_hash, client_id, scope, audience, issued_at, expires_at, format)
SELECT md5(n::text), (SELECT min(id) FROM oauth_m2m_client), 'a', '[]',
    now() - interval '2 days', now() - interval '1 day' + n * interval '1 ms', 'opaque'
FROM generate_series(1, {rows}) AS n
"""
_TOOLKIT: Final = """
INSERT INTO oauth2_provider_accesstoken (
    token, token_checksum, application_id, scope, resource, expires, created, updated)
SELECT md5(n::text), md5(n::text), (SELECT min(id) FROM oauth2_provider_application), 'a', '[]',
    now() - interval '1 day' + n * interval '1 ms', now() - interval '2 days',
    now() - interval '2 days'
FROM generate_series(1, {rows}) AS n
"""


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    peak_mib: float


def measured_cleaning(rows: int) -> Iterable[str]:
    """Yield two tables: both commands on so many expired tokens, and a token request meanwhile."""
    with database() as url:
        environment = environment_of(url)
        asked = json.loads(output_of(environment, "tests.benchmarks.project.prepare"))["opaque"]
        runs = {}
        for command, statement in (("m2m_clear_expired", _OURS), ("cleartokens", _TOOLKIT)):
            for number in (max(rows // 100, 1), rows):
                _fill(url, statement, number)
                runs[command, number] = _finished(_started(environment, command))
        _fill(url, _OURS, rows)
        with stopwatch(url) as watch:
            watch.us(asked, 50)
            alone = [watch.us(asked, 1) for _ in range(200)]
            cleaner, meanwhile = _started(environment, "m2m_clear_expired"), []
            while cleaner.poll() is None:
                meanwhile.append(watch.us(asked, 1))
    yield f"| command | {rows:,} rows | peak memory | with {max(rows // 100, 1):,} rows |"
    yield "|---|---:|---:|---:|"
    for command in ("m2m_clear_expired", "cleartokens"):
        few, many = (runs[command, number] for number in (max(rows // 100, 1), rows))
        figures = f"{many.seconds:,.1f} s | {many.peak_mib:.0f} MiB | {few.peak_mib:.0f} MiB"
        yield f"| `{command}` | {figures} |"
    yield "\n| a token request | median | 99th percentile | longest |"
    yield "|---|---:|---:|---:|"
    for name, taken in (("alone", alone), ("while `m2m_clear_expired` runs", meanwhile)):
        taken.sort()
        late = taken[int(len(taken) * 0.99)]
        figures = (median(taken), late, taken[-1])
        yield f"| {name} | " + " | ".join(f"{us / 1e3:,.1f} ms" for us in figures) + " |"


def _fill(url: str, statement: str, rows: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.format(rows=rows))
        connection.execute("VACUUM ANALYZE")


def _started(environment: dict[str, str], command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "django", command],
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _finished(process: Any) -> _Run:
    begun = time.perf_counter()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return _Run(time.perf_counter() - begun, used.ru_maxrss / 1024)
