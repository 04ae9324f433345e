"""Reads go to a replica that has heard of nothing yet: what was revoked is refused all the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dj_database_url
import psycopg
import pytest

from tests.host.postgresql import PostgresqlServer, name_of
from tests.host.signing_client import register_signing_client
from tests.host.site import Site, running_site

pytestmark = pytest.mark.timeout(300)

M2M = {"ISSUER": "https://auth.example.com", "REVOCATION_REFRESH_SECONDS": 0}
SCOPES = ("--scope", "orders:read", "--create-scopes")
FORMATS = ("opaque", "jwt")
OLD_CLIENTS = 4


@dataclass(frozen=True)
class Lagging:
    """A site with its replica; *old* are clients that the replica knows, with a token each."""

    site: Site
    database_url: str
    old: dict[str, list[tuple[dict[str, str], str]]]


def old_clients(url: str, folder: Path) -> dict[str, list[tuple[dict[str, str], str]]]:
    with running_site(folder, {"DATABASE_URL": url}, workers=1, m2m=M2M) as site:
        tables = [
            f"[clients.{form}-{number}]\nname = 'Old'\nscopes = ['orders:read']\nsecrets = 1\n"
            f"token_format = '{form}'\n"
            for form in FORMATS
            for number in range(OLD_CLIENTS)
        ]
        text = "[scopes.'orders:read']\n" + "".join(tables)
        made = json.loads(site.manage("m2m_apply", "-", "--json", typed=text))["secrets"]
        old: dict[str, list[tuple[dict[str, str], str]]] = {form: [] for form in FORMATS}
        for secret in made:
            client = {name: secret[name] for name in ("client_id", "client_secret")}
            old[client["client_id"].partition("-")[0]].append((client, site.token(client)))
    return old


@pytest.fixture(scope="module")
def lagging(postgresql: PostgresqlServer, migrated: str, tmp_path_factory) -> Iterator[Lagging]:
    url = postgresql.create_database(copy_of=migrated)
    old = old_clients(url, tmp_path_factory.mktemp("before"))
    replica = postgresql.create_database(copy_of=name_of(url))
    databases = {"default": url, "replica": replica}
    settings = {
        "DATABASES": {alias: dj_database_url.parse(url) for alias, url in databases.items()},
        "DATABASE_ROUTERS": ["tests.host.lagging_replica.ReadsFromReplica"],
    }
    folder = tmp_path_factory.mktemp("lagging")
    with running_site(folder, {}, workers=1, threads=4, m2m=M2M, **settings) as site:
        yield Lagging(site, url, old)


@pytest.fixture
def site(lagging: Lagging) -> Site:
    return lagging.site


@pytest.fixture(params=FORMATS)
def token_format(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["the replica knows it", "the replica has not heard of it"])
def client_and_token(request, lagging: Lagging, token_format: str) -> tuple[dict[str, str], str]:
    if request.param == "the replica knows it":
        return lagging.old[token_format].pop()
    client = lagging.site.register(*SCOPES, "--token-format", token_format)
    return client, lagging.site.token(client)


def test_token_given_back_is_refused(site: Site, client_and_token):
    client, token = client_and_token
    assert site.call(token).status_code == 200
    assert site.revoke(client, token).status_code == 200
    assert site.call(token).status_code == 401
    told = site.post("/oauth/introspect", {**client, "token": token})
    assert told.json() == {"active": False}


def test_revoked_secret_is_refused(site: Site, client_and_token):
    client, _ = client_and_token
    command = ("m2m_rotate_secret", client["client_id"], "--revoke-old", "--json")
    rotated = json.loads(site.manage(*command))
    assert site.ask_token(client).status_code == 401
    new = {**client, "client_secret": rotated["client_secret"]}
    assert site.ask_token(new).status_code == 200
    site.manage("m2m_revoke", "--secret", rotated["key_id"])
    assert site.ask_token(new).status_code == 401


def test_client_that_was_stopped_is_refused(site: Site, client_and_token):
    client, token = client_and_token
    site.manage("m2m_revoke", "--client", client["client_id"])
    assert site.call(token).status_code == 401
    newer = site.token(client)
    site.manage("m2m_disable_client", client["client_id"])
    assert site.call(newer).status_code == 401
    assert site.ask_token(client).status_code == 401


def test_assertion_works_once(site: Site, tmp_path):
    form = register_signing_client(site, tmp_path).form()
    assert [site.post("/oauth/token", form).status_code for _ in range(3)] == [200, 401, 401]


def test_leaked_secret_is_found_and_ended(site: Site, client_and_token):
    client, _ = client_and_token
    secret = client["client_secret"]
    told = json.loads(site.manage("m2m_leak_check", "--revoke", "--json", typed=secret, status=1))
    assert site.ask_token(client).status_code == 401, told


def test_signing_keys_rotate_twice(site: Site):
    kids = [
        json.loads(site.manage("m2m_rotate_signing_keys", "--now", "--json"))["kid"]
        for _ in range(2)
    ]
    assert len({*kids}) == 2


def test_clean_up_ends(lagging: Lagging):
    site = lagging.site
    client_id = site.register(*SCOPES)["client_id"]
    with psycopg.connect(lagging.database_url) as connection:
        connection.execute(
            "INSERT INTO oauth_m2m_accesstoken (token_hash, client_id, scope, audience,"
            " issued_at, expires_at, jti, format) SELECT 'old', id, '', '[]',"
            " now() - '2 days'::interval, now() - '1 day'::interval, '', 'opaque'"
            " FROM oauth_m2m_client WHERE client_id = %s",
            [client_id],
        )
    told = [json.loads(site.manage("m2m_clear_expired", "--json"))["deleted"] for _ in range(2)]
    assert told == [1, 0]


def test_trail_is_sealed_twice_and_verified(site: Site):
    site.manage("m2m_seal_audit")
    site.register(*SCOPES)
    site.manage("m2m_seal_audit")
    site.manage("m2m_verify_audit")
