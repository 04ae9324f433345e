"""SQLite has no room left: what needs none goes on, and nothing is answered that was not kept."""

import resource
import sqlite3
from collections.abc import Iterator
from time import monotonic

import pytest

from tests.faults.load import under_load
from tests.host.site import Site, running_site, token_hash

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not hasattr(resource, "prlimit"), reason="only Linux limits processes that run already"
    ),
]

SCOPES = ("--scope", "orders:read", "--create-scopes")


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    m2m = {"REVOCATION_REFRESH_SECONDS": 0}
    with running_site(tmp_path, {}, workers=2, m2m=m2m) as site:
        site.manage("migrate", "--verbosity=0")
        yield site


def limit_files(site: Site, size: int) -> None:
    """Let the workers write no file beyond *size*, as a disk that is full does."""
    _, hard = resource.prlimit(site.master.pid, resource.RLIMIT_FSIZE)
    for process in (site.master, *site.workers):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_disk_full(site: Site, tmp_path):
    path = tmp_path / "db.sqlite3"
    opaque = site.register(*SCOPES)
    signed = site.register(*SCOPES, "--token-format", "jwt")
    tokens = [site.token(client) for client in (opaque, signed)]

    def ask():
        return site.ask_token(opaque)

    def ask_signed():
        return site.ask_token(signed)

    def call():
        return site.call(tokens[0])

    with under_load(ask, ask_signed, call, threads=2) as load:
        load.wait_for(20, 200)
        limit_files(site, path.stat().st_size)
        load.wait_for(20, 503)
        full_at = monotonic()
        load.wait_for(20, 503, since=full_at)
        # Nothing has to be written for these two.
        assert [site.ask_token(signed).status_code, site.call(tokens[1]).status_code] == [200, 200]
        refused = [site.revoke(opaque, tokens[0]), site.revoke(signed, tokens[1])]
        assert [response.status_code for response in refused] == [503, 503]
        assert [site.call(token).status_code for token in tokens] == [200, 200]
        limit_files(site, resource.RLIM_INFINITY)
        room_at = monotonic()
        load.wait_for(50, 200, since=room_at)

    assert set(load.statuses()) == {200, 503}
    assert set(load.statuses(since=room_at)) == {200}
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept = [
            value for (value,) in database.execute("SELECT token_hash FROM oauth_m2m_accesstoken")
        ]
    answered = [token_hash(body["access_token"]) for body in load.bodies("ask")]
    assert len({*answered}) == len(answered)
    assert {*answered} <= {*kept}
