"""Several processes of one project, real ones on one database, at the same moment."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from oauth_m2m.models import AccessToken, AuditEvent, SeenAssertion, SigningKey
from tests.assertions import register_signer
from tests.connections import database_for_others, needs_other_processes, needs_postgresql
from tests.jose import parts

ROOT = Path(__file__).parent.parent

pytestmark = [pytest.mark.django_db(transaction=True), needs_other_processes]


class Process:
    """A running ``tests.host.process``."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self._popen = popen

    def send(self, *command: Any) -> None:
        self._popen.stdin.write(json.dumps(command) + "\n")
        self._popen.stdin.flush()

    def answer(self) -> Any:
        return json.loads(self._popen.stdout.readline())

    def do(self, *command: Any) -> Any:
        self.send(*command)
        return self.answer()


@pytest.fixture
def start() -> Iterator[Callable[..., list[Process]]]:
    with ExitStack() as running:

        def start(number: int, *, refresh_seconds: float = 5) -> list[Process]:
            environment = {**os.environ, **database_for_others()}
            processes = []
            for _ in range(number):
                popen = subprocess.Popen(
                    [sys.executable, "-m", "tests.host.process", str(refresh_seconds)],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                # The end of its input is the end of the process.
                running.enter_context(popen)
                processes.append(Process(popen))
            assert [process.answer() for process in processes] == ["ready"] * number
            return processes

        yield start


@contextmanager
def all_held_at_their_insert(processes: list[Process]) -> Iterator[None]:
    """Let each of *processes* read the keys, and none write one before all have read."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {SigningKey._meta.db_table} IN EXCLUSIVE MODE")
        yield
        waiting = 0
        while waiting < len(processes):
            time.sleep(0.02)
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            (waiting,) = cursor.fetchone()


@needs_postgresql
def test_first_key_is_made_once_by_processes_that_all_saw_none(register, start):
    machine = register("orders:read", token_format="jwt")
    processes = start(4)
    with all_held_at_their_insert(processes):
        for process in processes:
            process.send("token", machine.client_id, machine.secret)
    tokens = [process.answer() for process in processes]
    key = SigningKey.objects.get()
    assert [parts(token)[0]["kid"] for token in tokens] == [key.kid] * 4
    assert [processes[0].do("call", token) for token in tokens] == [200] * 4


@needs_postgresql
@pytest.mark.parametrize("announce_days", [7, 0], ids=["announced", "at once"])
def test_rotations_at_the_same_moment_are_one_rotation(start, announce_days):
    processes = start(3)
    first = processes[0].do("rotate", 7)
    with all_held_at_their_insert(processes):
        for process in processes:
            process.send("rotate", announce_days)
    rotations = [process.answer() for process in processes]
    new = SigningKey.objects.exclude(kid=first["kid"]).get()
    assert {rotation["kid"] for rotation in rotations} == {new.kid}
    assert sorted(rotation["is_new"] for rotation in rotations) == [False, False, True]
    assert AuditEvent.objects.filter(kind="signing_key.rotated").count() == 2


def test_process_verifies_with_a_key_that_another_made_after_it_had_looked(register, start):
    machine = register("orders:read", token_format="jwt")
    signing, verifying = start(2)
    old = signing.do("token", machine.client_id, machine.secret)
    assert verifying.do("call", old) == 200
    signing.do("rotate", 0)
    new = signing.do("token", machine.client_id, machine.secret)
    assert parts(new)[0]["kid"] != parts(old)[0]["kid"]
    # An unknown key makes a process look again, but only once a second.
    time.sleep(1)
    assert [verifying.do("call", token) for token in (new, old)] == [200, 200]


def test_revocation_in_one_process_is_seen_by_another_within_the_refresh(register, start):
    machine = register("orders:read", token_format="jwt")
    revoking, accepting = start(2, refresh_seconds=1)
    old = revoking.do("token", machine.client_id, machine.secret)
    assert accepting.do("call", old) == 200
    revoking.do("revoke_all", machine.client_id)
    assert revoking.do("call", old) == 401
    new = revoking.do("token", machine.client_id, machine.secret)
    time.sleep(1)
    assert [accepting.do("call", token) for token in (old, new)] == [401, 200]


def test_revocation_is_seen_by_another_process_at_once_when_the_setting_is_zero(register, start):
    machine = register("orders:read", token_format="jwt")
    revoking, accepting = start(2, refresh_seconds=0)
    old = revoking.do("token", machine.client_id, machine.secret)
    assert accepting.do("call", old) == 200
    revoking.do("revoke_all", machine.client_id)
    assert accepting.do("call", old) == 401


def test_assertion_works_once_among_fifty_copies_at_the_same_moment(register, start):
    signer = register_signer(register)
    form = signer.form()
    processes = start(5)
    for process in processes:
        process.send("present", form, 10)
    statuses = sorted(status for process in processes for status in process.answer())
    assert statuses == [200] + [401] * 49
    assert AccessToken.objects.count() == SeenAssertion.objects.count() == 1
    reasons = AuditEvent.objects.filter(kind="token.refused").values_list("reason", flat=True)
    assert list(reasons) == ["replayed"] * 49
