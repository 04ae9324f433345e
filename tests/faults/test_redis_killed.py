"""Redis is killed in the middle of load: limits let everybody through, nothing else gives way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from tests.faults.load import under_load
from tests.host.signing_client import register_signing_client
from tests.host.site import Site, running_site, wait_until
from tests.proofs import proof
from tests.services import RedisServer

pytestmark = pytest.mark.timeout(300)

WORKERS = THREADS = 2
AWAY = "cache away, nothing is limited: ConnectionError"
BACK = "cache back, limits hold again"


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[RedisServer]:
    # The one of the other tests says only whether there is a Redis here.
    mortal = RedisServer()
    yield mortal
    mortal.remove()


@pytest.fixture
def site(redis: RedisServer, database_url: str, tmp_path) -> Iterator[Site]:
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis.url}
    m2m = {"REVOCATION_REFRESH_SECONDS": 0}
    with running_site(tmp_path, environment, workers=WORKERS, threads=THREADS, m2m=m2m) as site:
        yield site


def statuses_of_copies(site: Site, form: dict[str, str], headers: dict[str, str]) -> list[int]:
    def present(_number: int) -> int:
        return site.post("/oauth/token", form, headers).status_code

    with ThreadPoolExecutor(4) as threads:
        return sorted(threads.map(present, range(12)))


def test_killed_redis(site: Site, redis: RedisServer, tmp_path):
    scopes = ["--scope", "orders:read", "--create-scopes"]
    limited = site.register(*scopes, "--rate-limit", "1000000/d")
    signed = site.register(*scopes, "--token-format", "jwt", "--rate-limit", "1000000/d")
    signer = register_signing_client(site, tmp_path)
    token = site.token(limited)

    def ask():
        return site.ask_token(limited)

    def call():
        return site.call(token)

    with under_load(ask, call) as load:
        load.wait_for(50, 200)
        redis.kill()
        killed_at = monotonic()
        load.wait_for(50, 200, since=killed_at)
        # Each of them once, whatever the cache does: the database says what was seen.
        assert statuses_of_copies(site, signer.form(), {}) == [200] + [401] * 11
        proven = {"DPoP": proof(htu=f"{site.issuer}/oauth/token")}
        form = {"grant_type": "client_credentials", **limited}
        assert statuses_of_copies(site, form, proven) == [200] + [400] * 11
        for client in (limited, signed):
            ended = site.token(client)
            assert [site.call(ended).status_code for _ in range(4)] == [200] * 4
            assert site.revoke(client, ended).status_code == 200
            assert [site.call(ended).status_code for _ in range(8)] == [401] * 8
        few = site.register(*scopes, "--rate-limit", "3/d")
        rare = site.token(few)
        assert {site.call(rare).status_code for _ in range(8)} == {200}
        redis.start()
        wait_until(lambda: site.call(rare).status_code == 429)

    assert set(load.statuses()) == {200}
    lines = [line for line in site.log.read_text().splitlines() if "cache" in line]
    assert set(lines) == {AWAY, BACK}
    # Each process has to find out by itself, and two of its threads may at the same moment.
    assert lines.count(AWAY) <= WORKERS * THREADS
