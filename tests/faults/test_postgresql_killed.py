"""PostgreSQL is killed in the middle of load and comes back: nothing is lost, nobody restarts."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import dj_database_url
import psycopg
import pytest

from tests.faults.load import under_load
from tests.host.postgresql import PostgresqlServer
from tests.host.site import Site, running_site, token_hash

pytestmark = pytest.mark.timeout(300)

CONNECTIONS = {
    "a connection a request": {"CONN_MAX_AGE": 0},
    "kept connections": {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True},
}


@pytest.fixture(params=CONNECTIONS)
def site(request: pytest.FixtureRequest, database_url: str, tmp_path) -> Iterator[Site]:
    database = {**dj_database_url.parse(database_url), **CONNECTIONS[request.param]}
    settings = {"DATABASES": {"default": database}, "ROOT_URLCONF": "tests.host.urls_reads_nothing"}
    with running_site(tmp_path, {}, workers=2, threads=2, **settings) as site:
        yield site


def rows(url: str, sql: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute(sql).fetchall()]


def test_killed_postgresql(site: Site, postgresql: PostgresqlServer, database_url: str):
    scopes = ["--scope", "orders:read", "--create-scopes"]
    opaque = site.register(*scopes)
    signed = site.register(*scopes, "--token-format", "jwt")
    old, given_back = site.token(opaque), set()

    def ask():
        return site.ask_token(opaque)

    def ask_signed():
        return site.ask_token(signed)

    def call():
        return site.call(old)

    def give_back():
        issued = site.ask_token(opaque)
        if issued.status_code != 200:
            return issued
        token = issued.json()["access_token"]
        response = site.revoke(opaque, token)
        if response.status_code == 200:
            given_back.add(token)
        return response

    with under_load(ask, ask_signed, call, give_back) as load:
        load.wait_for(100, 200)
        postgresql.kill()
        killed_at = monotonic()
        load.wait_for(50, 503, since=killed_at)
        postgresql.start()
        back_at = monotonic()
        load.wait_for(100, 200, since=back_at)

    assert set(load.statuses()) == {200, 503}
    assert set(load.statuses(since=back_at)) == {200}
    kept = rows(database_url, "SELECT token_hash FROM oauth_m2m_accesstoken")
    answered = [token_hash(body["access_token"]) for body in load.bodies("ask")]
    assert len({*answered}) == len(answered) >= 50
    assert {*answered} <= {*kept}
    assert len({*kept}) == len(kept)
    # What was answered before the end of the server was written before it.
    assert given_back
    assert {site.call(token).status_code for token in given_back} == {401}
    unrevoked = rows(
        database_url, "SELECT token_hash FROM oauth_m2m_accesstoken WHERE revoked_at IS NULL"
    )
    assert {token_hash(token) for token in given_back}.isdisjoint(unrevoked)
