"""A process is killed in the middle of its work: what it did not finish was never begun."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import psycopg
import pytest

from tests.faults.load import under_load
from tests.host.site import Deployment, Site, running_site, token_hash, wait_until

pytestmark = pytest.mark.timeout(300)

SCOPES = ("--scope", "orders:read", "--create-scopes")
EXPIRED, BATCH = 1000, 100

# Whatever a change of clients or keys leaves behind.
TRACES = (
    "SELECT client_id, name, description, is_active FROM oauth_m2m_client",
    "SELECT client_id, scope_id FROM oauth_m2m_clientscope",
    "SELECT key_id, expires_at, revoked_at FROM oauth_m2m_clientsecret",
    "SELECT name, description FROM oauth_m2m_scope",
    "SELECT kid, retires_at, expires_at FROM oauth_m2m_signingkey",
    "SELECT id, seal_id FROM oauth_m2m_auditevent",
    "SELECT sequence FROM oauth_m2m_auditseal",
)
WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
AT_WORK = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
)
CLIENTS = """
[scopes."orders:write"]
[clients.first]
name = "First"
scopes = ["orders:write"]
secrets = 1
[clients.second]
name = "Second"
scopes = ["orders:write"]
secrets = 1
"""


class Database:
    """The database of the site, seen past the site."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, sql: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        [(number,)] = self.ask(sql)
        return number

    def traces(self) -> list[Any]:
        return [sorted(self.ask(sql), key=repr) for sql in TRACES]

    @contextmanager
    def held(self, lock: str) -> Iterator[None]:
        """Hold *lock*; when the block ends, wait until all that waited for it is over."""
        with psycopg.connect(self.url) as holder:
            holder.execute(lock)
            yield
        wait_until(lambda: self.number(AT_WORK) == 0)

    def wait_for_one_that_waits(self) -> None:
        wait_until(lambda: self.number(WAITING) > 0)

    def kill_at(self, lock: str, site: Deployment, *command: str, typed: str = "") -> None:
        """Run *command* until it comes to what *lock* locks, and kill it there."""
        with self.held(lock), site.command(*command) as process:
            process.stdin.write(typed)
            process.stdin.close()
            self.wait_for_one_that_waits()
            process.kill()


@pytest.fixture
def database(database_url: str) -> Database:
    return Database(database_url)


@pytest.fixture
def site(database_url: str, tmp_path) -> Iterator[Site]:
    with running_site(tmp_path, {"DATABASE_URL": database_url}, workers=2) as site:
        yield site


@pytest.fixture
def credentials(site: Site) -> dict[str, str]:
    return site.register(*SCOPES)


def lock_table(name: str) -> str:
    return f"LOCK TABLE oauth_m2m_{name} IN EXCLUSIVE MODE"


def test_rotation_of_a_secret(site: Site, database: Database, credentials):
    before = database.traces()
    rotate = ("m2m_rotate_secret", credentials["client_id"], "--revoke-old")
    # The new secret is there, and the old one is revoked: the trail comes last.
    database.kill_at(lock_table("auditevent"), site, *rotate)
    assert database.traces() == before
    assert site.ask_token(credentials).status_code == 200
    site.manage(*rotate)
    assert site.ask_token(credentials).status_code == 401


def test_rotation_of_signing_keys(site: Site, database: Database):
    signed = site.register(*SCOPES, "--token-format", "jwt")
    token, before = site.token(signed), database.traces()
    rotate = ("m2m_rotate_signing_keys", "--now", "--json")
    database.kill_at(lock_table("auditevent"), site, *rotate)
    assert database.traces() == before
    assert [site.call(token).status_code, site.ask_token(signed).status_code] == [200, 200]
    assert json.loads(site.manage(*rotate))["kid"] not in str(before)


def test_apply(site: Site, database: Database, credentials):
    before = database.traces()
    # The scope, the first client and its grant are there.
    command = ("m2m_apply", "-", "--json")
    database.kill_at(lock_table("clientsecret"), site, *command, typed=CLIENTS)
    assert database.traces() == before
    applied = json.loads(site.manage(*command, typed=CLIENTS))
    assert [change["action"] for change in applied["changes"]] == ["create"] * 3
    for secret in applied["secrets"]:
        shown = {name: secret[name] for name in ("client_id", "client_secret")}
        assert site.ask_token(shown).status_code == 200
    assert len(applied["secrets"]) == 2


def test_clean_up(site: Site, database: Database, credentials, database_url):
    token = site.token(credentials)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO oauth_m2m_accesstoken"
            " (token_hash, client_id, scope, audience, issued_at, expires_at, format)"
            " SELECT n::text, (SELECT id FROM oauth_m2m_client), '', '[]',"
            " now() - '2 days'::interval, now() - '1 day'::interval + n * '1 s'::interval, 'opaque'"
            " FROM generate_series(1, %s) n",
            [EXPIRED],
        )
    clear = ("m2m_clear_expired", "--json", "--batch", str(BATCH))
    row = "SELECT * FROM oauth_m2m_accesstoken WHERE token_hash = '350' FOR UPDATE"
    database.kill_at(row, site, *clear)
    # The fourth batch was one statement, which the database has finished or not.
    left = database.number("SELECT count(*) FROM oauth_m2m_accesstoken") - 1
    assert EXPIRED - left in {300, 400}
    assert site.call(token).status_code == 200
    assert json.loads(site.manage(*clear))["deleted"] == left
    assert site.call(token).status_code == 200


def test_sealing(site: Site, database: Database, credentials):
    before = database.traces()
    # The seal is there, and its rows do not know of it yet.
    database.kill_at("SELECT * FROM oauth_m2m_auditevent FOR UPDATE", site, "m2m_seal_audit")
    assert database.traces() == before
    site.manage("m2m_seal_audit")
    site.manage("m2m_verify_audit")


def test_workers_in_the_middle_of_load(site: Site, database: Database, credentials):
    def ask():
        return site.ask_token(credentials)

    with under_load(ask) as load:
        load.wait_for(20, 200)
        for _ in range(3):
            for worker in site.workers:
                worker.kill()
            load.wait_for(20, 200, since=monotonic())
    assert set(load.statuses()) <= {0, 200}
    kept = [value for (value,) in database.ask("SELECT token_hash FROM oauth_m2m_accesstoken")]
    answered = [token_hash(body["access_token"]) for body in load.bodies("ask")]
    assert len({*answered}) == len(answered) >= 80
    assert {*answered} <= {*kept}


def test_worker_that_issues_a_token(site: Site, database: Database, credentials):
    def ask():
        return site.ask_token(credentials)

    with under_load(ask, threads=2) as load:
        load.wait_for(1, 200)
        with database.held(lock_table("accesstoken")):
            database.wait_for_one_that_waits()
            for worker in site.workers:
                worker.kill()
            wait_until(lambda: load.statuses()[0] > 0)
        load.wait_for(10, 200, since=monotonic())
    assert set(load.statuses()) == {0, 200}
    kept = [value for (value,) in database.ask("SELECT token_hash FROM oauth_m2m_accesstoken")]
    assert {token_hash(body["access_token"]) for body in load.bodies("ask")} <= {*kept}
