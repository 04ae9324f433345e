"""What the app adds to ``django.setup()``."""

import subprocess
import sys
from collections.abc import Iterable
from statistics import median
from typing import Final

__all__ = ["measured_start"]

_PROGRAM: Final = """
import sys, time
from django.conf import settings
settings.configure(
    SECRET_KEY="x",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", *sys.argv[1:]],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
import django
begun = time.perf_counter()
django.setup()
print(time.perf_counter() - begun)
"""


def measured_start(rounds: int) -> Iterable[str]:
    """Yield a table: milliseconds of a fresh process, without and with the app."""
    taken: dict[str, list[float]] = {"": [], "oauth_m2m": []}
    for _ in range(rounds):
        for app, seconds in taken.items():
            command = [sys.executable, "-c", _PROGRAM, *filter(None, [app])]
            told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            seconds.append(float(told))
    without, with_app = (median(seconds) * 1e3 for seconds in taken.values())
    yield "| without | with | added |"
    yield "|---:|---:|---:|"
    yield f"| {without:.0f} ms | {with_app:.0f} ms | {with_app - without:.0f} ms |"
