"""The page that the documentation shows: tables with versions, machine and ratios."""

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.load import Measured

__all__ = ["Results", "page", "surroundings"]

# By contender and server, a measurement a round.
Results = Mapping[tuple[str, str], Sequence[Measured]]

_PACKAGES: Final = (
    *("django-oauth-m2m", "Django", "djangorestframework", "psycopg", "PyJWT"),
    *("gunicorn", "granian", "django-oauth-toolkit", "Authlib", "django-rest-knox"),
    "djangorestframework-simplejwt",
)

_INTRODUCTION: Final = """\
# Benchmarks

Written by `python -m tests.benchmarks --out docs/benchmarks.md`: one worker each, the same
Django project without middleware, the same PostgreSQL (every token durable), the same load
(wrk, four connections), in turn in {rounds} rounds of {seconds} s each; shown are the medians.
node-oidc-provider keeps everything in memory. Rates depend on the machine and on what else it
does, which the load average at the end of the page tells: above the number of cores, others
were at work, rates scatter and CPU is used for less. Compare ratios, and only within one page.
The switches are explained in [performance](guides/performance.md).
"""

# What the others are compared with.
_TOOLKIT: Final = "django-oauth-toolkit, one-round hasher"


def page(endpoints: Results, apis: Results, *, rounds: int, seconds: int) -> str:
    """Return the page in Markdown."""
    return "\n".join(
        [
            _INTRODUCTION.format(rounds=rounds, seconds=seconds),
            "## Token endpoint\n",
            *_endpoint_rows(endpoints),
            "\n## An API with DRF\n",
            "What authentication and one permission add to the same view without them.\n",
            *_api_rows(apis),
            "\n## Measured with\n",
            *surroundings(),
            "",
        ]
    )


def _endpoint_rows(results: Results) -> Iterable[str]:
    yield "| contender | server | requests a second | CPU a request | times the toolkit's rate¹ |"
    yield "|---|---|---:|---:|---:|"
    for (name, server), measured in results.items():
        rate, cpu_us = _medians(measured)
        base = results.get((_TOOLKIT, server)) or results.get((_TOOLKIT, "gunicorn"))
        ratio = f"{rate / _medians(base)[0]:.2f}" if base else "-"
        yield f"| {name} | {server} | {rate:,.0f} | {cpu_us:,.0f} µs | {ratio} |"
    yield "\n¹ That of django-oauth-toolkit with a one-round hasher, under the same server; for"
    yield "node under gunicorn."


def _api_rows(results: Results) -> Iterable[str]:
    yield "| contender | requests a second | CPU a request | CPU added |"
    yield "|---|---:|---:|---:|"
    base = results.get(("without authentication", "gunicorn"))
    for (name, _), measured in results.items():
        rate, cpu_us = _medians(measured)
        added = f"{cpu_us - _medians(base)[1]:,.0f} µs" if base else "-"
        yield f"| {name} | {rate:,.0f} | {cpu_us:,.0f} µs | {added} |"


def _medians(measured: Sequence[Measured]) -> tuple[float, float]:
    return median(one.rate for one in measured), median(one.cpu_us for one in measured)


def surroundings() -> Iterable[str]:
    # More than there are cores: others were at work, and every rate here is too low.
    busy = f"load average {os.getloadavg()[1]:.1f} at the end"
    yield f"- {_processor()}, {os.cpu_count()} cores, Linux {platform.release()}, {busy}"
    programs = _told("node", "--version"), _told("wrk", "--version")
    yield f"- Python {platform.python_version()}, Node.js {', '.join(programs)}"
    installed = (_installed(name) for name in _PACKAGES)
    yield "- " + ", ".join(filter(None, installed))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _told(*command: str) -> str:
    # wrk says its version with the status of an error.
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return " ".join(told.split()[:2])


def _installed(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""
