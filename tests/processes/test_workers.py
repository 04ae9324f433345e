"""Four workers on one PostgreSQL and one Redis answer as if they were one."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.host.postgresql import PostgresqlServer
from tests.host.signing_client import register_signing_client
from tests.host.site import Site, running_site, wait_until
from tests.jose import parts
from tests.proofs import proof
from tests.services import RedisServer
from tests.test_shared_limits import whose_windows_do_not_end_now

pytestmark = pytest.mark.timeout(300)

WORKERS = 4
REFRESH_SECONDS = 1.0
SCOPES = ("--scope", "orders:read", "--create-scopes")


@dataclass(frozen=True)
class Workers:
    """The site, its database, and the signed tokens that it issued first, with its keys then."""

    site: Site
    database_url: str
    first_tokens: list[str]
    first_kids: list[str]

    def ask(self, sql: str) -> list[Any]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql).fetchall()


def at_once(deed: Callable[[], Any], times: int) -> list[Any]:
    """Do it in so many threads that every worker has something to do."""
    with ThreadPoolExecutor(2 * WORKERS) as threads:
        return list(threads.map(lambda _number: deed(), range(times)))


def statuses(deed: Callable[[], Any], times: int) -> Counter[int]:
    return Counter(response.status_code for response in at_once(deed, times))


@pytest.fixture(scope="module")
def workers(
    postgresql: PostgresqlServer, migrated: str, redis_server: RedisServer, tmp_path_factory
) -> Iterator[Workers]:
    url = postgresql.create_database(copy_of=migrated)
    environment = {"DATABASE_URL": url, "REDIS_URL": redis_server.url}
    # All requests of this file come from one address, and many of them are refused.
    m2m = {"REVOCATION_REFRESH_SECONDS": REFRESH_SECONDS, "TOKEN_ENDPOINT_RATE": {"address": ""}}
    folder = tmp_path_factory.mktemp("workers")
    with running_site(folder, environment, workers=WORKERS, m2m=m2m) as site:
        signed = site.register(*SCOPES, "--token-format", "jwt")
        tokens = at_once(lambda: site.token(signed), 16)
        with psycopg.connect(url) as connection:
            kids = [kid for (kid,) in connection.execute("SELECT kid FROM oauth_m2m_signingkey")]
        yield Workers(site, url, tokens, kids)


@pytest.fixture
def site(workers: Workers) -> Site:
    return workers.site


def test_workers_that_all_start_without_a_key_make_one(workers: Workers):
    [kid] = workers.first_kids
    assert {parts(token)[0]["kid"] for token in workers.first_tokens} == {kid}
    for token in workers.first_tokens[:4]:
        assert statuses(lambda token=token: workers.site.call(token), 8) == {200: 8}


def test_assertion_works_once(site: Site, tmp_path):
    form = register_signing_client(site, tmp_path).form()
    assert statuses(lambda: site.post("/oauth/token", form), 24) == {200: 1, 401: 23}


def test_proof_works_once(site: Site):
    form = {"grant_type": "client_credentials", **site.register(*SCOPES)}
    headers = {"DPoP": proof(htu=f"{site.issuer}/oauth/token")}
    assert statuses(lambda: site.post("/oauth/token", form, headers), 24) == {200: 1, 400: 23}


def test_rate_is_counted_together(site: Site):
    names = (f"limited-{number}" for number in range(100))
    client_id = whose_windows_do_not_end_now(names, ("call", "client"))
    client = site.register(*SCOPES, "--client-id", client_id, "--rate-limit", "20/d")
    token = site.token(client)
    assert statuses(lambda: site.call(token), 50) == {200: 20, 429: 30}


def test_revoked_opaque_token_is_refused_at_once(site: Site):
    client = site.register(*SCOPES)
    token = site.token(client)
    assert statuses(lambda: site.call(token), 16) == {200: 16}
    assert site.revoke(client, token).status_code == 200
    assert statuses(lambda: site.call(token), 32) == {401: 32}


def test_revoked_signed_token_is_refused_after_the_refresh(site: Site):
    client = site.register(*SCOPES, "--token-format", "jwt")
    token = site.token(client)
    assert statuses(lambda: site.call(token), 16) == {200: 16}
    assert site.revoke(client, token).status_code == 200
    revoked_at = time.monotonic()
    wait_until(lambda: time.monotonic() - revoked_at > REFRESH_SECONDS)
    assert statuses(lambda: site.call(token), 32) == {401: 32}


def test_rotated_secret_and_its_successor(site: Site):
    client = site.register(*SCOPES)
    rotate = ("m2m_rotate_secret", client["client_id"], "--json")
    second = json.loads(site.manage(*rotate))["client_secret"]
    for secret in (client["client_secret"], second):
        wanted = {**client, "client_secret": secret}
        assert statuses(lambda wanted=wanted: site.ask_token(wanted), 16) == {200: 16}
    third = json.loads(site.manage(*rotate, "--revoke-old"))["client_secret"]
    answers = [
        statuses(lambda secret=secret: site.ask_token({**client, "client_secret": secret}), 16)
        for secret in (client["client_secret"], second, third)
    ]
    assert answers == [{401: 16}, {401: 16}, {200: 16}]


def test_rotated_signing_key_is_believed_by_all(site: Site):
    client = site.register(*SCOPES, "--token-format", "jwt")
    old = site.token(client)
    kid = json.loads(site.manage("m2m_rotate_signing_keys", "--now", "--json"))["kid"]
    # Who knows the old one only signs with it until it looks again; what it signed stays good.
    wait_until(lambda: parts(site.token(client))[0]["kid"] == kid)
    tokens = [old, *at_once(lambda: site.token(client), 8)]
    # A worker that does not know a key looks for it, though only once a second.
    for token in tokens:
        wait_until(lambda token=token: statuses(lambda: site.call(token), 12) == {200: 12})


def run_twice_at_once(site: Site, *command: str, typed: str = "") -> list[str]:
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(lambda _number: site.manage(*command, typed=typed), range(2)))


def test_clean_up_twice_at_once(workers: Workers):
    site = workers.site
    client = site.register(*SCOPES)
    token = site.token(client)
    with psycopg.connect(workers.database_url) as connection:
        connection.execute(
            "INSERT INTO oauth_m2m_accesstoken"
            " (token_hash, client_id, scope, audience, issued_at, expires_at, format)"
            " SELECT n::text, (SELECT min(id) FROM oauth_m2m_client), '', '[]',"
            " now() - '2 days'::interval, now() - '1 day'::interval, 'opaque'"
            " FROM generate_series(1, 20000) n"
        )
    told = run_twice_at_once(site, "m2m_clear_expired", "--batch=100", "--json")
    assert sum(json.loads(text)["deleted"] for text in told) == 20_000
    left = "SELECT count(*) FROM oauth_m2m_accesstoken WHERE expires_at < now()"
    assert workers.ask(left) == [(0,)]
    assert site.call(token).status_code == 200


def test_sealing_twice_at_once(workers: Workers):
    site = workers.site
    site.manage("m2m_seal_audit")
    before = workers.ask("SELECT count(*) FROM oauth_m2m_auditevent")
    with psycopg.connect(workers.database_url) as connection:
        connection.execute(
            "INSERT INTO oauth_m2m_auditevent (created_at, kind, actor_name, client_identifier,"
            " reason, error_id, detail, count)"
            " SELECT now(), 'token.refused', '', '', '', '', '{}', 1 FROM generate_series(1, 5000)"
        )
    run_twice_at_once(site, "m2m_seal_audit")
    sealed = workers.ask("SELECT count(*) FROM oauth_m2m_auditevent WHERE seal_id IS NOT NULL")
    assert sealed == [(before[0][0] + 5000,)]
    site.manage("m2m_verify_audit")


def test_apply_twice_at_once(workers: Workers):
    text = '[clients.applied]\nname = "Applied"\nscopes = ["orders:read"]\nsecrets = 1\n'
    told = run_twice_at_once(workers.site, "m2m_apply", "-", "--json", typed=text)
    assert sorted(len(json.loads(out)["secrets"]) for out in told) == [0, 1]
