"""``manage.py demo --once``: the transcript that the README promises."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
    return subprocess.run(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_transcript_shows_every_kind_of_answer_and_ends():
    done = demo("--once")
    assert done.returncode == 0, done.stderr
    statuses = [
        line.split()[1]
        for line in done.stdout.splitlines()
        if line.startswith("< ") and line[2:5].isdigit()
    ]
    assert statuses == ["200", "200", "403", "200", "201", "200", "401", "401"]
    assert 'error="insufficient_scope"' in done.stdout
    assert "order-robot" in done.stdout
    assert done.stderr == ""


def test_taken_port_is_refused_with_a_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = demo("--once", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "Choose another with --port" in done.stderr
