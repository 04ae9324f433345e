"""Somebody who follows a page to the letter, in a folder and a terminal of their own."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the language and the text of each block of *page*."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def agrees(shown: str, seen: str) -> bool:
    """Whether *seen* is what a page has *shown*, where "..." stands for anything."""
    pattern = re.escape(shown.strip()).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, seen.strip(), re.DOTALL) is not None


class Reader:
    """Writes the page's files and runs its commands; remembers what was printed last."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._start = folder
        self._folder = folder
        self._environment = environment
        self._servers: list[subprocess.Popen[bytes]] = []
        self.seen = ""

    def write(self, block: str) -> None:
        """Write a file, or the end of one; the first line of *block* says which."""
        name, _, where = block.splitlines()[0].removeprefix("# ").partition(", ")
        path = self._folder / name
        text = path.read_text() if where == "at the end" else ""
        path.write_text(text + block)

    def run(self, block: str) -> None:
        """Run a block of commands; the next one finds the terminal as this one left it."""
        left = self._start / "terminal"
        script = f'set -e\n{block}\npwd > "{left}.folder"; env -0 > "{left}.environment"'
        done = self._shell(script)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        self.seen = done.stdout
        self._folder = Path(Path(f"{left}.folder").read_text().strip())
        variables = Path(f"{left}.environment").read_text().rstrip("\0").split("\0")
        self._environment = dict(variable.split("=", 1) for variable in variables)

    def serve(self, block: str, port: int) -> None:
        """Run a server in the background, as in a terminal that is left open."""
        log = (self._start / "server.log").open("wb")
        server = subprocess.Popen(
            ["bash", "-c", block],
            cwd=self._folder,
            env=self._environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self._servers.append(server)
        while True:
            assert server.poll() is None, (self._start / "server.log").read_text()
            with socket.socket() as caller:
                if caller.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)

    def compare(self, language: str, shown: str) -> None:
        """Compare what was printed last with what the page has *shown*."""
        if language == "json":
            assert differing(json.loads(shown), json.loads(self.seen)) == {}
        else:
            assert agrees(shown, self.seen), self.seen

    def leave(self) -> None:
        """Close the terminals; a server that reloads itself is two processes."""
        for server in self._servers:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def _shell(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


def differing(shown: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    """Return the members in which two JSON objects differ, as they were seen."""
    return {
        name: seen.get(name)
        for name in {*shown, *seen}
        if name not in shown or not agrees(json.dumps(shown[name]), json.dumps(seen.get(name)))
    }
