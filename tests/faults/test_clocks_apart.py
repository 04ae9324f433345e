"""Two servers of one site whose clocks are a minute apart: slower to agree, and never less safe."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from time import time

import psycopg
import pytest

from tests.host.signing_client import register_signing_client
from tests.host.site import Site, running_site

pytestmark = pytest.mark.timeout(300)

SCOPES = ("--scope", "orders:read", "--create-scopes")
M2M = {"ISSUER": "https://auth.example.com", "REVOCATION_REFRESH_SECONDS": 0}


@dataclass(frozen=True)
class Pair:
    """A server whose clock is half a minute behind the right time, and one that is ahead."""

    behind: Site
    ahead: Site

    def statuses(self, token: str) -> list[int]:
        """Call both with *token*."""
        return [site.call(token).status_code for site in (self.behind, self.ahead)]


@pytest.fixture
def pair(database_url: str, tmp_path_factory) -> Iterator[Pair]:
    with ExitStack() as running:

        def start(name: str, seconds: int) -> Site:
            environment = {
                "DATABASE_URL": database_url,
                "DJANGO_SETTINGS_MODULE": "tests.host.settings_shifted",
                "CLOCK_SHIFT": str(seconds),
            }
            folder = tmp_path_factory.mktemp(name)
            site = running_site(folder, environment, workers=1, threads=2, m2m=M2M)
            return running.enter_context(site)

        yield Pair(start("behind", -30), start("ahead", 30))


@pytest.fixture(params=["opaque", "jwt"])
def client(request: pytest.FixtureRequest, pair: Pair) -> dict[str, str]:
    return pair.ahead.register(*SCOPES, "--token-format", request.param)


def test_clocks_are_a_minute_apart(pair: Pair):
    for site, seconds in ((pair.behind, -30), (pair.ahead, 30)):
        code = "import time; from django.utils import timezone as t;"
        code += "print(time.time(), t.now().timestamp())"
        told = site.manage("shell", "--no-imports", "--command", code).split()
        assert [float(moment) - time() for moment in told] == pytest.approx([seconds] * 2, abs=25)


def test_token_of_each_is_accepted_by_the_other(pair: Pair, client):
    for site in (pair.behind, pair.ahead):
        assert pair.statuses(site.token(client)) == [200, 200]


def test_what_one_revokes_both_refuse(pair: Pair, client):
    for one, other in ((pair.behind, pair.ahead), (pair.ahead, pair.behind)):
        token = other.token(client)
        assert one.revoke(client, token).status_code == 200
        assert pair.statuses(token) == [401, 401]
        command = ("m2m_rotate_secret", client["client_id"], "--revoke-old", "--json")
        rotated = json.loads(one.manage(*command))
        for site in (pair.behind, pair.ahead):
            assert site.ask_token(client).status_code == 401
        client = {**client, "client_secret": rotated["client_secret"]}
    token = pair.ahead.token(client)
    pair.behind.manage("m2m_disable_client", client["client_id"])
    assert pair.statuses(token) == [401, 401]


def test_all_tokens_are_revoked_that_the_other_issued(pair: Pair):
    client = pair.ahead.register(*SCOPES)
    tokens = [site.token(client) for site in (pair.ahead, pair.behind)]
    pair.behind.manage("m2m_revoke", "--client", client["client_id"])
    assert [pair.statuses(token) for token in tokens] == [[401, 401]] * 2
    assert pair.statuses(pair.ahead.token(client)) == [200, 200]


def test_assertion_works_once_though_the_other_cleaned_up(pair: Pair, database_url: str, tmp_path):
    signer = register_signing_client(pair.ahead, tmp_path)
    # Over by the right clock and not yet by that of the server that is behind.
    form = signer.form(iat=int(time()) - 60, exp=int(time()) - 20)
    assert pair.behind.post("/oauth/token", form).status_code == 200
    pair.ahead.manage("m2m_clear_expired")
    assert pair.behind.post("/oauth/token", form).status_code == 401
    with psycopg.connect(database_url) as connection:
        seen = connection.execute("SELECT count(*) FROM oauth_m2m_seenassertion").fetchone()
    assert seen == (1,)


def test_each_signs_and_verifies_while_keys_rotate(pair: Pair):
    client = pair.ahead.register(*SCOPES, "--token-format", "jwt")
    for rotating in (pair.ahead, pair.behind):
        tokens = [site.token(client) for site in (pair.behind, pair.ahead)]
        rotating.manage("m2m_rotate_signing_keys", "--now", "--json")
        tokens += [site.token(client) for site in (pair.behind, pair.ahead)]
        assert [pair.statuses(token) for token in tokens] == [[200, 200]] * 4
