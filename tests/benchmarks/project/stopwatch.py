"""
Answer requests inside this process and say how long each took.

``python -m tests.benchmarks.project.stopwatch`` reads lines ``{"asked": {...}, "times": N}``
and answers each with the median in microseconds, from the call of the view to its response.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.project.settings")
django.setup()

from django.http import HttpResponseBase  # noqa: E402 - the settings come first
from django.test import RequestFactory  # noqa: E402 - as above
from django.urls import resolve  # noqa: E402 - as above


def caller(asked: Mapping[str, str]) -> Callable[[], float]:
    """Return a function that makes one request and returns its seconds."""
    factory, path = RequestFactory(), asked["path"]
    view = resolve(path).func

    def call() -> float:
        if "form" in asked:
            kind = "application/x-www-form-urlencoded"
            request = factory.post(path, asked["form"], content_type=kind)
        else:
            request = factory.get(path, headers={"Authorization": asked["authorization"]})
        begun = time.perf_counter()
        response: HttpResponseBase = view(request)
        seconds = time.perf_counter() - begun
        assert response.status_code == 200, response
        return seconds

    return call


if __name__ == "__main__":
    for line in sys.stdin:
        wanted = json.loads(line)
        call = caller(wanted["asked"])
        took = median(call() for _ in range(wanted["times"]))
        sys.stdout.write(f"{took * 1e6:.1f}\n")
        sys.stdout.flush()
