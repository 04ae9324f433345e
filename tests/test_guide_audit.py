"""The guide to the audit trail: what it tells people to write is run."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from oauth_m2m.audit import record_change
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import AuditEvent, AuditSeal
from tests.connections import database_for_others, needs_other_processes
from tests.guides import blocks, command
from tests.trails import START, seal, write

ROOT = Path(__file__).parent.parent

needs_jq = pytest.mark.skipif(
    shutil.which("jq") is None and os.environ.get("CI") != "true", reason="jq is not installed"
)


def called(words: list[str]) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def shell(tmp_path: Path):
    """Run a script of the guide beside manage.py of the example project."""
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    environment = {
        **os.environ,
        **database_for_others(),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }

    def shell(script: str) -> str:
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return shell


@pytest.mark.django_db
def test_commands_of_the_guide_export_seal_and_verify():
    export, sealing, verifying = map(command, blocks("audit"))
    write(2)
    AuditEvent.objects.update(client_identifier="order-robot")
    assert json.loads(called(export))["kind"] == "secret.rotated"
    assert called(sealing).startswith("Rows sealed: 2.\n")
    assert called(verifying).startswith("Rows as they were sealed: 2 (batches: 1).")


@pytest.mark.django_db
def test_line_of_the_guide_is_one_of_ours():
    [shown] = blocks("audit", "json")
    event = AuditEvent.objects.create(
        pk=42,
        created_at=START,
        kind="secret.rotated",
        actor_name="olga",
        client_identifier="order-robot",
        address="192.0.2.7",
        detail={"key_id": "k1"},
    )
    assert called(["m2m_export_audit"]) == shown
    [made] = seal()
    assert made.row_digests == [[event.pk, hashlib.sha256(shown.rstrip().encode()).hexdigest()]]


def test_retention_of_the_guide_is_taken(settings):
    [code] = blocks("audit", "python")
    names: dict[str, Any] = {}
    exec(compile(code, "audit.md", "exec"), names)  # noqa: S102 - our own page
    settings.OAUTH_M2M = names["OAUTH_M2M"]
    assert timedelta(days=365) == m2m_settings.AUDIT_RETENTION


@needs_jq
@needs_other_processes
@pytest.mark.django_db(transaction=True)
def test_increments_of_the_guide_have_each_row_once_and_prove_themselves(shell, tmp_path: Path):
    increments, verifying = blocks("audit", "sh")
    for number in range(2):
        record_change("client.changed", actor_name=f"olga {number}")
        shell(increments)
    shell(increments)
    shipped = [json.loads(line) for line in (tmp_path / "shipped.jsonl").read_text().splitlines()]
    assert [line["actor"] for line in shipped] == ["olga 0", "olga 1"]
    assert shell(verifying).startswith("Rows as they were sealed: 2 (batches: 2).")
    assert AuditSeal.objects.count() == 2
