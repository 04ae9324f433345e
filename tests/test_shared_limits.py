"""Four real workers of one project count limits together, and go on when their Redis is gone."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from oauth_m2m import rate_limits
from oauth_m2m.rates import Rate
from tests.services import RedisServer

# Four workers start, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

WORKERS = 4
CALLS_A_DAY, TOKENS_A_DAY, FAILURES_A_DAY = 20, 12, 5
DAY = 86_400

REGISTER = """
import json, sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
call_command("m2m_create_client", "Nightly", client_id=sys.argv[1], scope=["orders:read"],
    create_scopes=True, rate_limit="20/day", json=True)
"""


@dataclass
class Site:
    """A running project, and the one client that it knows."""

    url: str
    credentials: dict[str, str]
    log: Path

    def ask_token(self) -> requests.Response:
        fields = {"grant_type": "client_credentials", **self.credentials}
        return requests.post(f"{self.url}/oauth/token", fields, timeout=60)

    def guess(self, address: str) -> requests.Response:
        fields = {**self.credentials, "grant_type": "client_credentials", "client_secret": "wrong"}
        headers = {"X-Forwarded-For": address}
        return requests.post(f"{self.url}/oauth/token", fields, headers=headers, timeout=60)

    def call(self, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.url}/api/orders/", headers=headers, timeout=60)


def whose_windows_do_not_end_now(names: Iterable[str], *kinds: tuple[str, ...]) -> str:
    """Return one of *names* whose days of limits have more than an hour to go."""
    for name in names:
        states = rate_limits.read_limits(Rate(1, DAY), [(*kind, name) for kind in kinds])
        if all(state.resets_in_seconds > 3600 for state in states):
            return name
    raise AssertionError


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Serve the example project with four workers on SQLite, counting in Redis if there is one."""
    with ExitStack() as running:

        def serve(redis: RedisServer | None) -> Site:
            own = {
                "DJANGO_SETTINGS_MODULE": "tests.host.settings_limits",
                "SQLITE_FILE": str(tmp_path / "db.sqlite3"),
                "REQUIRE_HTTPS": "0",
                **({} if redis is None else {"REDIS_URL": redis.url}),
            }
            others = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
            environment = {**others, **own}
            client_id = whose_windows_do_not_end_now(
                (f"nightly-{number}" for number in range(100)),
                ("call", "client"),
                ("token request",),
            )
            register = [sys.executable, "-c", REGISTER, client_id]
            shown = json.loads(subprocess.check_output(register, env=environment, text=True))
            listener = running.enter_context(socket.create_server(("127.0.0.1", 0)))
            log = tmp_path / "log"
            bind = ["--bind", f"fd://{listener.fileno()}", "--workers", str(WORKERS)]
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *bind, "example_project.wsgi"],
                env=environment,
                pass_fds=[listener.fileno()],
                stderr=running.enter_context(log.open("w")),
            )
            running.callback(process.wait, 30)
            running.callback(process.terminate)
            while log.read_text().count("Booting worker") < WORKERS:
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            credentials = {name: shown[name] for name in ("client_id", "client_secret")}
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            return Site(url, credentials, log)

        yield serve


@pytest.fixture(params=["Redis", "the database"])
def site(request: pytest.FixtureRequest, serve) -> Site:
    redis = request.getfixturevalue("redis_server") if request.param == "Redis" else None
    if redis is not None:
        redis.kill()
        redis.start()
    return serve(redis)


def at_once(deed: Callable[[], requests.Response], times: int) -> Counter[int]:
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _number: deed().status_code, range(times))
    return Counter(answers)


def test_limits_hold_exactly_over_four_workers(site: Site):
    token = site.ask_token().json()["access_token"]
    assert at_once(lambda: site.call(token), 50) == {200: CALLS_A_DAY, 429: 30}
    assert at_once(site.ask_token, 30) == {200: TOKENS_A_DAY - 1, 429: 19}


def test_each_worker_gives_a_guesser_at_most_one_more_try(serve, redis_server: RedisServer):
    redis_server.kill()
    redis_server.start()
    site = serve(redis_server)
    guesser = whose_windows_do_not_end_now(
        (f"198.51.100.{number}" for number in range(100)), ("failed attempt",)
    )
    answers = [site.guess(guesser).status_code for _ in range(30)]
    assert set(answers) == {401, 429}
    assert FAILURES_A_DAY <= answers.count(401) <= FAILURES_A_DAY + WORKERS - 1


def test_requests_go_on_when_redis_is_killed(serve, redis_server: RedisServer):
    del redis_server  # decides whether there is a Redis here; this test kills its own
    mortal = RedisServer()
    try:
        site = serve(mortal)
        token = site.ask_token().json()["access_token"]
        assert at_once(lambda: site.call(token), 30) == {200: CALLS_A_DAY, 429: 10}
        mortal.kill()
        assert at_once(lambda: site.call(token), 100) == {200: 100}
        assert at_once(site.ask_token, 20) == {200: 20}
    finally:
        mortal.remove()
    lines = [line for line in site.log.read_text().splitlines() if "cache away" in line]
    # One a process, each of which has to find out by itself.
    assert 1 <= len(lines) <= WORKERS
    assert set(lines) == {"cache away, nothing is limited: ConnectionError"}
