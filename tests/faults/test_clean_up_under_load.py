"""Many expired tokens go in bounded batches and flat memory, while tokens are issued."""

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import psutil
import psycopg
import pytest
from django.utils import timezone

from oauth_m2m.models import AccessToken
from oauth_m2m.operations.tokens import clear_expired
from tests.faults.load import under_load
from tests.host.site import Site, running_site, token_hash

pytestmark = pytest.mark.timeout(300)

ROWS, BATCH = 150_000, 5_000
MIB = 2**20
HOUR = timedelta(hours=1)


@pytest.fixture
def site(database_url: str, tmp_path) -> Iterator[Site]:
    with running_site(tmp_path, {"DATABASE_URL": database_url}, workers=2) as site:
        yield site


def test_tokens_are_issued_while_many_are_cleared(site: Site, database_url: str):
    client = site.register("--scope", "orders:read", "--create-scopes")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO oauth_m2m_accesstoken"
            " (token_hash, client_id, scope, audience, issued_at, expires_at, format)"
            " SELECT n::text, (SELECT id FROM oauth_m2m_client), 'orders:read', '[]',"
            " now() - '2 days'::interval, now() - '1 day'::interval, 'opaque'"
            " FROM generate_series(1, %s) n",
            [ROWS],
        )

    def ask():
        return site.ask_token(client)

    memory: list[int] = []
    with under_load(ask, threads=2) as load:
        load.wait_for(10, 200)
        began_at = monotonic()
        with site.command("m2m_clear_expired", "--json", "--batch", str(BATCH)) as command:
            process = psutil.Process(command.pid)
            while command.poll() is None:
                with suppress(psutil.NoSuchProcess):
                    memory.append(process.memory_info().rss)
                load.is_over.wait(0.02)
            told = json.loads(command.stdout.read())
        load.wait_for(10, 200, since=began_at)
    assert told["deleted"] == ROWS
    assert set(load.statuses()) == {200}
    # Loading Django takes its time and memory; from the first batch on nothing is added.
    half = len(memory) // 2
    assert max(memory[half:]) < max(memory[:half]) + 16 * MIB
    with psycopg.connect(database_url) as connection:
        left = connection.execute("SELECT token_hash FROM oauth_m2m_accesstoken").fetchall()
    answered = {token_hash(body["access_token"]) for body in load.bodies("ask")}
    assert answered <= {value for (value,) in left}
    assert len(left) == len({*left}) <= len(answered) + 2


def peak_of_clearing(registered, number: int) -> tuple[list[int], int]:
    """Return the sizes of the batches, and the most memory that clearing *number* rows took."""
    then = timezone.now() - HOUR
    AccessToken.objects.bulk_create(
        (
            AccessToken(
                token_hash=f"{index}",
                client=registered.client,
                issued_at=then - HOUR,
                expires_at=then,
            )
            for index in range(number)
        ),
        batch_size=1000,
    )
    tracemalloc.start()
    try:
        sizes = list(clear_expired(before=timezone.now(), batch_size=500))
        return sizes, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.django_db
def test_memory_does_not_depend_on_how_many_there_are(registered):
    peak_of_clearing(registered, 500)  # what the first time alone needs
    few, peak_of_few = peak_of_clearing(registered, 1_000)
    many, peak_of_many = peak_of_clearing(registered, 20_000)
    assert (few, many) == ([500] * 2, [500] * 40)
    assert peak_of_many < peak_of_few + MIB / 4
