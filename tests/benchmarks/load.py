"""Ask a server as fast as it answers, by wrk."""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.servers import Server

__all__ = ["Measured", "measure"]

_TOTAL: Final = re.compile(r"(\d+) requests in")
_RATE: Final = re.compile(r"Requests/sec:\s+([\d.]+)")
_REFUSED: Final = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a server did under load: requests a second, and microseconds of CPU for each."""

    rate: float
    cpu_us: float


def measure(server: Server, asked: Mapping[str, str], seconds: float) -> Measured:
    """Ask *server* for *seconds* as *asked* says; every answer must be a success."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_script(asked))
        script.flush()
        command = ["wrk", "--threads=1", "--connections=4", f"--duration={seconds:g}s"]
        before = server.cpu_seconds()
        told = subprocess.run(
            [*command, "--timeout=30s", f"--script={script.name}", server.url + asked["path"]],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        used = server.cpu_seconds() - before
    assert _REFUSED.search(told) is None, f"{asked['path']}: {told}"
    total, rate = _TOTAL.search(told), _RATE.search(told)
    assert total is not None, told
    assert rate is not None, told
    return Measured(float(rate[1]), used / max(int(total[1]), 1) * 1e6)


def _script(asked: Mapping[str, str]) -> str:
    if "form" in asked:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(asked['form'])}"]
    else:
        headers, lines = {"Authorization": asked["authorization"]}, []
    named = (
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
        for name, value in headers.items()
        if value
    )
    return "\n".join([*lines, *named])
